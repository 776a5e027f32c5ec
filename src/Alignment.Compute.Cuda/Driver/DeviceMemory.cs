using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>
/// Memory of the device, from a <see cref="MemoryPool"/>. Whoever asked for it owns it; it goes back in the order of the stream, behind
/// what still uses it.
/// </summary>
internal sealed class DeviceMemory : SafeHandle
{
    private readonly CudaStream _stream;

    public DeviceMemory(nint memory, long bytes, CudaStream stream)
        : base(0, ownsHandle: true)
    {
        (Bytes, _stream) = (bytes, stream);
        SetHandle(memory);
    }

    /// <summary>Size.</summary>
    public long Bytes { get; }

    /// <summary>Address on the device; valid until disposed.</summary>
    public nint Address => handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuMemFreeAsync(handle, _stream.Address) == 0;
}
