using Alignment.Compute.Memory;

namespace Alignment.Training.Rewards.Features;

/// <summary>
/// Rows of numbers, some of them for each response. A table owns its memory, which may be a file's; what is narrowed of it does not, and is
/// valid as long as the table.
/// </summary>
public sealed unsafe class FeatureTable : IDisposable
{
    private readonly float* _values;
    private readonly long _stride;
    private readonly long[] _firstRows;
    private readonly IDisposable? _owner;

    internal FeatureTable(float* values, int width, long stride, long[] firstRows, IDisposable? owner)
    {
        _values = values;
        (Width, _stride, _firstRows, _owner) = (width, stride, firstRows, owner);
    }

    /// <summary>A table of one row a response.</summary>
    public FeatureTable(IReadOnlyList<float[]> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Width = rows[0].Length;
        NativeBuffer<float> memory = new((long)rows.Count * Width);
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].CopyTo(new Span<float>(memory.Pointer + ((long)i * Width), Width));
        }

        _values = memory.Pointer;
        (_stride, _owner) = (Width, memory);
        _firstRows = [.. Enumerable.Range(0, rows.Count).Select(i => (long)i)];
    }

    /// <summary>Numbers a row.</summary>
    public int Width { get; }

    /// <summary>The first row of a response; its others follow.</summary>
    public long FirstRow(int response) => _firstRows[response];

    /// <summary>One row, [width].</summary>
    public ReadOnlySpan<float> Row(long row) => new(_values + (row * _stride), Width);

    /// <summary>Some rows behind each other, [rows, width]; of a whole table only.</summary>
    public ReadOnlySpan<float> Rows(long first, int count) => new(_values + (first * _stride), checked(count * Width));

    /// <summary>The same rows with only some of their columns.</summary>
    public FeatureTable Columns(int first, int width) => new(_values + first, width, _stride, _firstRows, owner: null);

    /// <inheritdoc/>
    public void Dispose() => _owner?.Dispose();
}
