using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Training;

/// <summary>Memory of one call that the next may overwrite: the stream keeps them in order. Grows to the largest call and stays.</summary>
internal sealed unsafe class DeviceScratch<T> : IDisposable
    where T : unmanaged
{
    private DeviceMemory _memory = new(0);

    /// <summary>Room for so many; what was there is lost.</summary>
    public T* Reserve(long count)
    {
        if (_memory.Bytes < count * sizeof(T))
        {
            _memory.Dispose();
            _memory = new DeviceMemory(count * sizeof(T));
        }

        return (T*)_memory.Address;
    }

    /// <summary>Copies from the host.</summary>
    public T* Upload(ReadOnlySpan<T> source, CudaStream stream)
    {
        T* target = Reserve(source.Length);
        stream.Upload(source, (nint)target);
        return target;
    }

    public void Dispose() => _memory.Dispose();
}
