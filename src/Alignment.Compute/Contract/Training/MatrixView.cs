namespace Alignment.Compute.Contract.Training;

/// <summary>
/// A matrix somewhere in a backend's memory: element [row, column] lies at row * RowStride + column * ColumnStride. Owns nothing.
/// </summary>
public readonly unsafe struct MatrixView
{
    /// <summary>A row-major matrix, <paramref name="stride"/> elements from row to row.</summary>
    public MatrixView(float* data, long stride)
        : this(data, stride, 1)
    {
    }

    private MatrixView(float* data, long rowStride, long columnStride)
    {
        Data = data;
        (RowStride, ColumnStride) = (rowStride, columnStride);
    }

    /// <summary>Element [0, 0].</summary>
    public float* Data { get; }

    /// <summary>Elements from row to row.</summary>
    public long RowStride { get; }

    /// <summary>Elements from column to column.</summary>
    public long ColumnStride { get; }

    /// <summary>The same memory with rows and columns exchanged.</summary>
    public MatrixView Transposed => new(Data, ColumnStride, RowStride);
}
