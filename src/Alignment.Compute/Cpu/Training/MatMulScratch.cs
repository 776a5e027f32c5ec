using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// The memory that one thread needs while it multiplies: a packed block of A and one tile for ragged edges. Owned by that thread's caller.
/// </summary>
public sealed unsafe class MatMulScratch : IDisposable
{
    private readonly NativeBuffer<float> _memory = new(
        (PackedMatMul.RowBlock * PackedMatMul.DepthBlock) + (MatMulTile.Rows * MatMulTile.Columns));

    internal float* Panels => _memory.Pointer;

    internal float* Tile => _memory.Pointer + (PackedMatMul.RowBlock * PackedMatMul.DepthBlock);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
