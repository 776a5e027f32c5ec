namespace Alignment.Compute.Contract;

/// <summary>
/// A weight <c>[outputs, inputs]</c> as it lies in a checkpoint, row-major, little-endian. The bytes belong to the checkpoint's mapping and
/// are only read while the backend packs them.
/// </summary>
public readonly unsafe struct WeightSource(byte* data, int outputs, int inputs, DType type)
{
    /// <summary>First byte of the first row.</summary>
    public byte* Data { get; } = data;

    /// <summary>Rows.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>Columns.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Storage of one number.</summary>
    public DType Type { get; } = type;
}
