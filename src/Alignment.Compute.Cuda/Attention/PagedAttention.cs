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

    public PassTables Tables { get; } = new(session);

    /// <summary>Output <c>[rows, heads * headSize]</c> for the rows of <see cref="Tables"/>.</summary>
    public void Attend(CudaTensor qkv, CudaCache cache, int layer, int heads, CudaTensor output)
    {
        int rows = Tables.Rows;
        int splits = Buckets.Doubling(Grid.Blocks(Tables.Longest, Split));
        nint parts = _parts.Reserve((long)splits * rows * heads * (cache.Width + 2) * sizeof(float));
        session.Queue.Launch(session.Kernels.Attend(cache.Width), Tables.TileCount, cache.KeyValueHeads, splits)
            .With(qkv.Address)
            .With(Tables.Positions)
            .With(Tables.Starts)
            .With(Tables.Pages)
            .With(Tables.Tiles)
            .With(rows)
            .With(heads)
            .With(layer)
            .With(cache.Shape)
            .With(parts);
        session.Queue.Launch(session.Kernels.MergeSplits, Grid.Blocks(rows * heads, KernelSet.Warps))
            .With(parts).With(Tables.Positions).With(rows).With(heads).With(cache.Shape).With(output.Address);
    }

    public void Dispose()
    {
        Tables.Dispose();
        _parts.Dispose();
    }
}
