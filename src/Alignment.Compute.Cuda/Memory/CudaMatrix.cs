using Alignment.Compute.Backends;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>Weights as they lie in the checkpoint, row-major, stacked by outputs.</summary>
internal sealed class CudaMatrix(int outputs, int inputs, DType type) : WeightMatrix(outputs, inputs, type)
{
    private readonly DeviceMemory _memory = new((long)outputs * inputs * SizeOf(type));

    public nint Address => _memory.Address;

    public static int SizeOf(DType type) => type == DType.F32 ? sizeof(float) : sizeof(ushort);

    /// <inheritdoc/>
    public override void Dispose() => _memory.Dispose();
}
