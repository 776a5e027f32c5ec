using Alignment.Compute.Memory;

namespace Alignment.Compute.Training;

/// <summary>The memory that one thread needs while it multiplies: a packed block of A and one tile for ragged edges. Owned by that thread's caller.</summary>
public sealed unsafe class GemmScratch : IDisposable
{
    private readonly NativeBuffer<float> _memory = new((Gemm.RowBlock * Gemm.DepthBlock) + (GemmTile.Rows * GemmTile.Columns));

    internal float* Panels => _memory.Pointer;

    internal float* Tile => _memory.Pointer + (Gemm.RowBlock * Gemm.DepthBlock);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
