namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// A view of a right factor [depth, columns] as <see cref="PackedMatMul.Pack"/> wrote it. The memory belongs to whoever packed it.
/// </summary>
public readonly unsafe struct PackedMatrix
{
    private readonly float* _data;

    internal PackedMatrix(float* data, int depth, int columns)
    {
        _data = data;
        Depth = depth;
        Columns = columns;
    }

    /// <summary>Rows: the length of every sum.</summary>
    public int Depth { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>Floats that a packed [depth, columns] matrix takes: columns are padded to whole panels.</summary>
    public static long Length(int depth, int columns) => (long)depth * PaddedColumns(columns);

    /// <summary>The panel of column n (a multiple of the panel width) in the depth block that starts at k.</summary>
    internal float* Panel(int k, int n)
        => _data + ((long)k * PaddedColumns(Columns)) + ((long)n * Math.Min(PackedMatMul.DepthBlock, Depth - k));

    private static int PaddedColumns(int columns) => (columns + MatMulTile.Columns - 1) / MatMulTile.Columns * MatMulTile.Columns;
}
