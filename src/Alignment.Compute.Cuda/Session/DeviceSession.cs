using Alignment.Compute.Cuda.Compilation;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;

namespace Alignment.Compute.Cuda.Session;

/// <summary>
/// An opened device with all that work on it needs: memory, one stream, compiled kernels, the queue of launches. Owns them.
/// </summary>
internal sealed class DeviceSession : IDisposable
{
    private readonly MemoryPool _pool;
    private int _thread = Environment.CurrentManagedThreadId;

    public DeviceSession(int ordinal)
    {
        Device = new CudaDevice(ordinal);
        Stream = new CudaStream();
        _pool = new MemoryPool(ordinal);
        Module = new KernelModule(KernelCache.Default.Get(
            KernelSource.Text, Device.Architecture, KernelCompiler.Version, () =>
                KernelCompiler.Compile(KernelSource.Text, Device.Architecture).Image));
        Kernels = new KernelSet(Module);
        Queue = new LaunchQueue(Stream, _pool);
    }

    public CudaDevice Device { get; }

    public CudaStream Stream { get; }

    public KernelModule Module { get; }

    public KernelSet Kernels { get; }

    public LaunchQueue Queue { get; }

    /// <summary>Bytes that neither this process nor another one uses.</summary>
    public long AvailableMemory
    {
        get
        {
            Enter();
            Queue.Flush();
            Stream.Synchronize();
            CudaException.Check(DriverApi.cuMemGetInfo_v2(out nuint free, out _));
            return (long)free;
        }
    }

    /// <summary>A context is current for one thread: the engine's loop runs on another than the loader.</summary>
    public void Enter()
    {
        int thread = Environment.CurrentManagedThreadId;
        if (_thread != thread)
        {
            Device.MakeCurrent();
            _thread = thread;
        }
    }

    /// <exception cref="InsufficientMemoryException">The device's memory is full.</exception>
    public DeviceMemory Allocate(long bytes)
    {
        Enter();
        return _pool.Allocate(bytes, Stream);
    }

    /// <summary>Gives memory back, behind the launches that still use it.</summary>
    public void Free(DeviceMemory memory)
    {
        Enter();
        Queue.Retire(memory);
    }

    /// <summary>Copies to the device, behind the launches that read what was there.</summary>
    public void Upload<T>(ReadOnlySpan<T> source, nint destination)
        where T : unmanaged
    {
        Enter();
        Queue.Flush();
        Stream.Upload(source, destination);
        Stream.Synchronize();
    }

    /// <summary>Copies to the host what the launches have made, and waits.</summary>
    public void Download<T>(nint source, Span<T> destination)
        where T : unmanaged
    {
        Enter();
        Queue.Flush();
        Stream.Download(source, destination);
    }

    public void Dispose()
    {
        Enter();
        Queue.Flush();
        Stream.Synchronize();
        foreach (IDisposable part in (IDisposable[])[Queue, Module, _pool, Stream, Device])
        {
            part.Dispose();
        }
    }
}
