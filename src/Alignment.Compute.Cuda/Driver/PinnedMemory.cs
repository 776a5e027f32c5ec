using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>Page-locked host memory: the device copies to and from it by itself, while the host goes on.</summary>
internal sealed unsafe class PinnedMemory : SafeHandle
{
    public PinnedMemory(int bytes)
        : base(0, ownsHandle: true)
    {
        CudaException.Check(DriverApi.cuMemHostAlloc(out nint memory, (nuint)bytes, 0));
        SetHandle(memory);
        Bytes = bytes;
    }

    /// <summary>Size.</summary>
    public int Bytes { get; }

    /// <summary>The memory itself; valid until disposed.</summary>
    public Span<byte> Span => new((void*)handle, Bytes);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuMemFreeHost(handle) == 0;
}
