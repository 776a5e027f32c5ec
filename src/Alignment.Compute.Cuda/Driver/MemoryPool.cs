using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>
/// Where a device's memory comes from: what is given back stays with the pool and is handed out again in the order of the stream, without
/// waiting for the device.
/// </summary>
internal sealed unsafe class MemoryPool : SafeHandle
{
    private const int PinnedAllocation = 1;
    private const int DeviceLocation = 1;
    private const int ReleaseThreshold = 4;

    public MemoryPool(int ordinal)
        : base(0, ownsHandle: true)
    {
        Properties properties = new() { AllocationType = PinnedAllocation, LocationType = DeviceLocation, LocationId = ordinal };
        CudaException.Check(DriverApi.cuMemPoolCreate(out nint pool, in properties));
        SetHandle(pool);
        ulong keepAll = ulong.MaxValue;
        CudaException.Check(DriverApi.cuMemPoolSetAttribute(handle, ReleaseThreshold, &keepAll));
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <exception cref="InsufficientMemoryException">The device's memory is full.</exception>
    public DeviceMemory Allocate(long bytes, CudaStream stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        CudaException.Check(DriverApi.cuMemAllocFromPoolAsync(out nint memory, (nuint)Math.Max(1, bytes), handle, stream.Address));
        return new DeviceMemory(memory, bytes, stream);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuMemPoolDestroy(handle) == 0;

    /// <summary><c>CUmemPoolProps</c>: 88 bytes, of which the last 64 (security attributes, size, usage, reserved) stay zero.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 88)]
    internal struct Properties
    {
        public int AllocationType;
        public int HandleTypes;
        public int LocationType;
        public int LocationId;
    }
}
