using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Attention;

/// <summary>
/// Attention over pages, for prompts and decoding alike: splits of the keys first (flash decoding: Dao et al., 2023), then their sum. The
/// parts in between cost
/// <c>rows * heads * (headSize + 2) * 4</c> bytes for every 512 positions of the longest sequence, rounded up to a power of two.
/// </summary>
internal sealed class PagedAttention(DeviceSession session) : IDisposable
{
    /// <summary>SPLIT of attention.cu.</summary>
    private const int Split = 512;

    private readonly Scratch _parts = new(session);

    /// <summary>Output <c>[rows, heads * headSize]</c> for the rows of the cache's tables.</summary>
    public void Attend(CudaTensor qkv, CudaCache cache, int layer, int heads, CudaTensor output)
    {
        PassTables tables = cache.Tables;
        int rows = tables.Rows;
        int splits = Buckets.Doubling(Grid.Blocks(tables.Longest, Split));
        nint parts = _parts.Reserve((long)splits * rows * heads * (cache.Width + 2) * sizeof(float));
        session.Queue.Launch(session.Kernels.Attend(cache.Width), tables.TileCount, cache.KeyValueHeads, splits)
            .With(qkv.Address)
            .With(tables.Positions)
            .With(tables.Starts)
            .With(tables.Pages)
            .With(tables.Tiles)
            .With(rows)
            .With(heads)
            .With(layer)
            .With(cache.Shape)
            .With(parts);
        session.Queue.Launch(session.Kernels.MergeSplits, Grid.Blocks(rows * heads, KernelSet.Warps))
            .With(parts).With(tables.Positions).With(rows).With(heads).With(cache.Shape).With(output.Address);
    }

    public void Dispose() => _parts.Dispose();
}
