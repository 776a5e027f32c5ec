using Alignment.Compute.Contract;

namespace Alignment.Compute.Reference;

/// <summary>A LoRA pair as given.</summary>
internal sealed class ReferenceLora(float[] a, float[] b, int outputs, int inputs, int rank, float scale) : Lora(outputs, inputs, rank)
{
    /// <summary><c>[rank, inputs]</c>.</summary>
    public float[] A { get; } = a;

    /// <summary><c>[outputs, rank]</c>.</summary>
    public float[] B { get; } = b;

    public float Scale { get; } = scale;

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
