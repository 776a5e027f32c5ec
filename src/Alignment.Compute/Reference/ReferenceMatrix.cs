using Alignment.Compute.Contract;

namespace Alignment.Compute.Reference;

/// <summary>Weights widened to f32, row-major <c>[outputs, inputs]</c>.</summary>
internal sealed class ReferenceMatrix(int outputs, int inputs, DType type) : WeightMatrix(outputs, inputs, type)
{
    public float[] Values { get; } = new float[(long)outputs * inputs];

    public ReadOnlySpan<float> Row(int output) => Values.AsSpan(output * Inputs, Inputs);

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
