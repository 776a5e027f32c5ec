using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>Memory of the device. Whoever creates it owns it.</summary>
internal sealed class DeviceMemory : SafeHandle
{
    /// <exception cref="InsufficientMemoryException">The device's memory is full.</exception>
    public DeviceMemory(long bytes)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        CudaException.Check(DriverApi.cuMemAlloc_v2(out nint memory, (nuint)Math.Max(1, bytes)));
        SetHandle(memory);
        Bytes = bytes;
    }

    /// <summary>Size.</summary>
    public long Bytes { get; }

    /// <summary>Address on the device; valid until disposed.</summary>
    public nint Address => handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuMemFree_v2(handle) == 0;
}
