using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>Items gathered on the host for one call, and their copy on the device. Both grow to the largest call and stay.</summary>
internal sealed unsafe class Staging<T> : IDisposable
    where T : unmanaged
{
    private readonly List<T> _items = [];

    // Not before it is needed: a backend's fields are made before its device is open.
    private DeviceMemory? _memory;

    public int Count => _items.Count;

    public nint Address => _memory?.Address ?? 0;

    public Span<T> Items => CollectionsMarshal.AsSpan(_items);

    public void Add(T item) => _items.Add(item);

    public void AddRange(ReadOnlySpan<T> items) => _items.AddRange(items);

    public void Clear() => _items.Clear();

    /// <summary>Room for so many items on the device; what was there is lost when it grows.</summary>
    public nint Reserve(long count)
    {
        if (_memory is null || _memory.Bytes < count * sizeof(T))
        {
            _memory?.Dispose();
            _memory = new DeviceMemory(count * sizeof(T) * 2);
        }

        return _memory.Address;
    }

    /// <summary>Copies the items to the device.</summary>
    public nint Upload(CudaStream stream)
    {
        nint address = Reserve(_items.Count);
        stream.Upload<T>(Items, address);
        return address;
    }

    /// <summary>Copies the first <paramref name="count"/> items from the device, and waits.</summary>
    public Span<T> Download(int count, CudaStream stream)
    {
        CollectionsMarshal.SetCount(_items, count);
        stream.Download(Address, Items);
        return Items;
    }

    public void Dispose() => _memory?.Dispose();
}
