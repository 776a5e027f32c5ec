using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>A tensor in the device's memory.</summary>
internal sealed class CudaTensor(DeviceSession session, int rows, int columns) : Tensor(rows, columns)
{
    private readonly DeviceMemory _memory = session.Allocate((long)rows * columns * sizeof(float));

    public nint Address => _memory.Address;

    public long Bytes => _memory.Bytes;

    public nint RowAddress(int row) => Address + (nint)((long)row * Columns * sizeof(float));

    /// <inheritdoc/>
    public override void Dispose() => session.Free(_memory);
}
