using Alignment.Compute.Backends;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>A LoRA pair in f32: A <c>[rank, inputs]</c>, B <c>[outputs, rank]</c> with the scale in it.</summary>
internal sealed class CudaLowRank(int outputs, int inputs, int rank) : LowRank(outputs, inputs, rank)
{
    public DeviceMemory A { get; } = new((long)rank * inputs * sizeof(float));

    public DeviceMemory B { get; } = new((long)outputs * rank * sizeof(float));

    /// <inheritdoc/>
    public override void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}
