using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Attention;

/// <summary>
/// Keys <c>[layer, page, head, slot, width]</c> and values <c>[layer, page, head, width, slot]</c> in f16; width is the head size rounded
/// up to one that the kernels know. Owns the tables of its passes too.
/// </summary>
internal sealed class CudaCache : KvCache
{
    private readonly DeviceSession _session;
    private readonly DeviceMemory _keys;
    private readonly DeviceMemory _values;

    public CudaCache(DeviceSession session, int layers, int pages, int keyValueHeads, int headSize)
        : base(layers, pages, keyValueHeads, headSize)
    {
        _session = session;
        Width = WidthOf(headSize);
        Tables = new PassTables(session);
        long bytes = pages * PageBytes(layers, keyValueHeads, headSize) / 2;
        (_keys, _values) = (session.Allocate(bytes), session.Allocate(bytes));

        // Numbers past the head's end are multiplied along: they must be zero, and every slot finite.
        session.Stream.Clear(_keys.Address, bytes);
        session.Stream.Clear(_values.Address, bytes);
    }

    /// <summary>Bytes of keys and values of a page in all layers.</summary>
    public static long PageBytes(int layers, int keyValueHeads, int headSize)
        => 2L * layers * PageSize * keyValueHeads * WidthOf(headSize) * sizeof(ushort);

    /// <summary>Numbers a head takes in a slot.</summary>
    public int Width { get; }

    /// <summary>
    /// The tables of its passes. Each cache has its own: where models take turns, only what is new of each is sent again.
    /// </summary>
    public PassTables Tables { get; }

    /// <summary>As kernels take it, by value.</summary>
    public Layout Shape =>
        new() { Keys = _keys.Address, Values = _values.Address, Pages = Pages, Heads = KeyValueHeads, Size = HeadSize, Width = Width };

    /// <inheritdoc/>
    public override void Dispose()
    {
        Tables.Dispose();
        _session.Free(_keys);
        _session.Free(_values);
    }

    private static int WidthOf(int headSize) => KernelSet.AttentionWidths.First(width => width >= headSize);

    /// <summary><c>CacheShape</c> of attention.cu.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Layout
    {
        public nint Keys;
        public nint Values;
        public int Pages;
        public int Heads;
        public int Size;
        public int Width;
    }
}
