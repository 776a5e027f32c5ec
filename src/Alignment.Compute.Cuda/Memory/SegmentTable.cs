using System.Runtime.InteropServices;
using Alignment.Compute.Backends;
using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Memory;

/// <summary>Position and page table of every row of a batch, on the device. Layers of one pass ask for the same segments: they are copied once.</summary>
internal sealed class SegmentTable : IDisposable
{
    private readonly Staging<int> _positions = new();
    private readonly Staging<int> _starts = new();
    private readonly Staging<int> _tables = new();
    private readonly List<int> _content = [];
    private readonly List<int> _last = [];

    public nint Positions => _positions.Address;

    public nint Starts => _starts.Address;

    public nint Tables => _tables.Address;

    /// <summary>Rows of the batch that the segments reach.</summary>
    public int Rows => _positions.Count;

    public void Fill(ReadOnlySpan<RowSegment> segments, CudaStream stream)
    {
        if (IsCurrent(segments))
        {
            return;
        }

        _positions.Clear();
        _starts.Clear();
        _tables.Clear();
        foreach (RowSegment segment in segments)
        {
            int start = _tables.Count;
            _tables.AddRange(segment.Pages.AsSpan(0, PagesOf(segment)));
            for (int row = 0; row < segment.Rows; row++)
            {
                _positions.Add(segment.FirstPosition + row);
                _starts.Add(start);
            }
        }

        _positions.Upload(stream);
        _starts.Upload(stream);
        _tables.Upload(stream);
    }

    public void Dispose()
    {
        _positions.Dispose();
        _starts.Dispose();
        _tables.Dispose();
    }

    private static int PagesOf(RowSegment segment) => (segment.FirstPosition + segment.Rows + KvCache.PageSize - 1) / KvCache.PageSize;

    /// <summary>Compares content, not references: a sequence's page list is reused when its pages change.</summary>
    private bool IsCurrent(ReadOnlySpan<RowSegment> segments)
    {
        _content.Clear();
        foreach (RowSegment segment in segments)
        {
            _content.Add(segment.FirstRow);
            _content.Add(segment.Rows);
            _content.Add(segment.FirstPosition);
            _content.AddRange(segment.Pages.AsSpan(0, PagesOf(segment)));
        }

        bool same = CollectionsMarshal.AsSpan(_content).SequenceEqual(CollectionsMarshal.AsSpan(_last));
        _last.Clear();
        _last.AddRange(_content);
        return same;
    }
}
