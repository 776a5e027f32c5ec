using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>Weights as they lie in the checkpoint, row-major, stacked by outputs.</summary>
internal sealed class CudaMatrix(DeviceSession session, int outputs, int inputs, DType type) : WeightMatrix(outputs, inputs, type)
{
    private const int Chunk = 8;

    private readonly DeviceMemory _memory = session.Allocate((long)outputs * inputs * SizeOf(type));

    public nint Address => _memory.Address;

    /// <summary>Whether tensor cores can take them: 16 bits a number, rows of whole 16 bytes.</summary>
    public bool IsTiled => Type != DType.F32 && Inputs % Chunk == 0;

    public static int SizeOf(DType type) => type == DType.F32 ? sizeof(float) : sizeof(ushort);

    /// <inheritdoc/>
    public override void Dispose() => session.Free(_memory);
}
