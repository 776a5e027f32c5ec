using System.Runtime.InteropServices;
using Alignment.Compute.Backends;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>Keys and values, each <c>[layer, page, slot, head, size]</c> in f32.</summary>
internal sealed class CudaCache : KvCache
{
    private readonly DeviceMemory _keys;
    private readonly DeviceMemory _values;

    public CudaCache(int layers, int pages, int keyValueHeads, int headSize)
        : base(layers, pages, keyValueHeads, headSize)
    {
        long bytes = (long)layers * pages * PageSize * keyValueHeads * headSize * sizeof(float);
        (_keys, _values) = (new DeviceMemory(bytes), new DeviceMemory(bytes));
    }

    /// <summary>As kernels take it, by value.</summary>
    public Layout Shape => new() { Keys = _keys.Address, Values = _values.Address, Pages = Pages, Heads = KeyValueHeads, Size = HeadSize };

    public void Clear(CudaStream stream)
    {
        stream.Clear(_keys.Address, _keys.Bytes);
        stream.Clear(_values.Address, _values.Bytes);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    /// <summary><c>CacheShape</c> of attention.cu.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Layout
    {
        public nint Keys;
        public nint Values;
        public int Pages;
        public int Heads;
        public int Size;
    }
}
