namespace Alignment.Compute.Contract;

/// <summary>A frozen weight <c>[outputs, inputs]</c>, repacked by a backend into whatever order its kernels stream best.</summary>
public abstract class WeightMatrix(int outputs, int inputs, DType type) : IDisposable
{
    /// <summary>Rows of the stored weight: width of the output.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>Columns of the stored weight: width of the input.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Storage of one number.</summary>
    public DType Type { get; } = type;

    /// <inheritdoc/>
    public abstract void Dispose();
}
