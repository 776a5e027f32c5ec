using System.Runtime.InteropServices;

namespace Alignment.Compute.Cuda.Driver;

/// <summary>A queue of copies and launches, executed in order.</summary>
internal sealed unsafe class CudaStream : SafeHandle
{
    private const uint NonBlocking = 1;

    public CudaStream()
        : base(0, ownsHandle: true)
    {
        CudaException.Check(DriverApi.cuStreamCreate(out nint stream, NonBlocking));
        SetHandle(stream);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>As calls take it.</summary>
    public nint Address => handle;

    /// <summary>Waits for everything queued.</summary>
    public void Synchronize() => CudaException.Check(DriverApi.cuStreamSynchronize(handle));

    /// <summary>Copies to the device. Pageable host memory is read before the call returns, page-locked memory later.</summary>
    public void Upload<T>(ReadOnlySpan<T> source, nint destination)
        where T : unmanaged
    {
        if (source.IsEmpty)
        {
            return;
        }

        fixed (T* pointer = source)
        {
            CudaException.Check(DriverApi.cuMemcpyHtoDAsync_v2(destination, pointer, (nuint)source.Length * (nuint)sizeof(T), handle));
        }
    }

    /// <summary>Copies to the host and waits.</summary>
    public void Download<T>(nint source, Span<T> destination)
        where T : unmanaged
    {
        if (destination.IsEmpty)
        {
            return;
        }

        fixed (T* pointer = destination)
        {
            CudaException.Check(DriverApi.cuMemcpyDtoHAsync_v2(pointer, source, (nuint)destination.Length * (nuint)sizeof(T), handle));
            Synchronize();
        }
    }

    /// <summary>Copies within the device.</summary>
    public void Copy(nint source, long bytes, nint destination) =>
        CudaException.Check(DriverApi.cuMemcpyDtoDAsync_v2(destination, source, (nuint)bytes, handle));

    /// <summary>Fills with zeros.</summary>
    public void Clear(nint destination, long bytes) => CudaException.Check(DriverApi.cuMemsetD8Async(destination, 0, (nuint)bytes, handle));

    /// <summary>Queues a kernel with blocks of one row of threads.</summary>
    public void Launch(nint function, (int X, int Y, int Z) grid, int threads, void** parameters) => CudaException.Check(
        DriverApi.cuLaunchKernel(function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)threads, 1, 1, 0, handle, parameters, null));

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => DriverApi.cuStreamDestroy_v2(handle) == 0;
}
