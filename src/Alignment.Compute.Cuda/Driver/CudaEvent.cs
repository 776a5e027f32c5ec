using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>A mark in a stream.</summary>
internal sealed class CudaEvent : SafeHandle
{
    private const uint DisableTiming = 2;

    public CudaEvent()
        : base(0, ownsHandle: true)
    {
        CudaException.Check(DriverApi.cuEventCreate(out nint created, DisableTiming));
        SetHandle(created);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Marks what the stream has been given so far.</summary>
    public void Record(CudaStream stream) => CudaException.Check(DriverApi.cuEventRecord(handle, stream.Address));

    /// <summary>Waits until the device has passed the mark; at once where none was made.</summary>
    public void Synchronize() => CudaException.Check(DriverApi.cuEventSynchronize(handle));

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuEventDestroy_v2(handle) == 0;
}
