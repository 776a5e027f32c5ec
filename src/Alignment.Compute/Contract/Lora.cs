namespace Alignment.Compute.Contract;

/// <summary>
/// One LoRA pair: adds <c>scale * (x A^T) B^T</c> to the output of a matmul, A <c>[rank, inputs]</c>, B <c>[outputs, rank]</c> (Hu et al.,
/// 2021).
/// </summary>
public abstract class Lora(int outputs, int inputs, int rank) : IDisposable
{
    /// <summary>Width of the output it adds to.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>Width of the input.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Inner width.</summary>
    public int Rank { get; } = rank;

    /// <inheritdoc/>
    public abstract void Dispose();
}
