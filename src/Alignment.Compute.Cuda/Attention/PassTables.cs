using System.Runtime.InteropServices;
using Alignment.Compute.Contract;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Attention;

/// <summary>
/// Position and page table of every row of a batch, and the tiles of queries that attention takes. Layers of one pass ask for the same: it
/// is sent once.
/// </summary>
internal sealed class PassTables(DeviceSession session) : IDisposable
{
    /// <summary>QUERIES of attention.cu.</summary>
    private const int TileQueries = 16;

    private readonly PageTables _pages = new(session);
    private readonly List<RowSegment> _sent = [];
    private readonly List<AttentionTile> _tiles = [];
    private (int MostRows, int GroupHeads, int Post) _key = (0, 0, -1);

    public nint Positions { get; private set; }

    public nint Starts { get; private set; }

    public nint Tiles { get; private set; }

    public nint Pages => _pages.Address;

    /// <summary>Rows, rounded up to a bucket; the added ones have position -1.</summary>
    public int Rows { get; private set; }

    /// <summary>Tiles, rounded up; the added ones have no queries.</summary>
    public int TileCount => Buckets.Round(_tiles.Count);

    /// <summary>Positions of the longest sequence.</summary>
    public int Longest { get; private set; }

    /// <summary>Sends the tables of a batch, unless the last ones are the same and still there.</summary>
    /// <param name="segments">Consecutive, from row 0.</param>
    /// <param name="mostRows">Rows there is room for.</param>
    /// <param name="groupHeads">Query heads of a key head.</param>
    public void Fill(ReadOnlySpan<RowSegment> segments, int mostRows, int groupHeads)
    {
        if (_key == (mostRows, groupHeads, session.Queue.Post) && IsSent(segments))
        {
            return;
        }

        // Until all of it is sent, nothing is: a device whose memory is full stops in between.
        _key.Post = -1;
        RowSegment last = segments.IsEmpty ? default : segments[^1];
        Rows = Math.Min(mostRows, Buckets.Round(last.FirstRow + last.Rows));
        CutTiles(segments, groupHeads);
        UpdatePages(segments);
        session.Queue.MakeRoom(((2L * Rows) * sizeof(int)) + (TileCount * 4L * sizeof(int)));
        SendRows(segments);
        Tiles = session.Queue.Send(TileCount, out Span<AttentionTile> tiles);
        CollectionsMarshal.AsSpan(_tiles).CopyTo(tiles);
        tiles[_tiles.Count..].Clear();
        _sent.Clear();
        _sent.AddRange(segments);
        _key = (mostRows, groupHeads, session.Queue.Post);
    }

    public void Dispose() => _pages.Dispose();

    private static int PagesOf(RowSegment segment) => (segment.FirstPosition + segment.Rows + KvCache.PageSize - 1) / KvCache.PageSize;

    /// <summary>A tile has whole rows, or a part of the heads of one row.</summary>
    private void CutTiles(ReadOnlySpan<RowSegment> segments, int groupHeads)
    {
        int rowsOfTile = Math.Max(1, TileQueries / groupHeads);
        int headsOfTile = Math.Min(groupHeads, TileQueries);
        _tiles.Clear();
        foreach (RowSegment segment in segments)
        {
            for (int row = 0; row < segment.Rows; row += rowsOfTile)
            {
                int rows = Math.Min(rowsOfTile, segment.Rows - row);
                for (int head = 0; head < groupHeads; head += headsOfTile)
                {
                    int heads = Math.Min(headsOfTile, groupHeads - head);
                    _tiles.Add(
                        new AttentionTile
                        {
                            FirstRow = segment.FirstRow + row,
                            FirstHead = head,
                            Queries = rows * heads,
                            RowHeads = heads,
                        });
                }
            }
        }
    }

    private void UpdatePages(ReadOnlySpan<RowSegment> segments)
    {
        int most = 0;
        foreach (RowSegment segment in segments)
        {
            most = Math.Max(most, PagesOf(segment));
        }

        _pages.Resize(segments.Length, most);
        for (int i = 0; i < segments.Length; i++)
        {
            _pages.Update(i, segments[i].Pages.AsSpan(0, PagesOf(segments[i])));
        }

        _pages.Send();
    }

    private void SendRows(ReadOnlySpan<RowSegment> segments)
    {
        Longest = 0;
        Positions = session.Queue.Send(Rows, out Span<int> positions);
        Starts = session.Queue.Send(Rows, out Span<int> starts);
        positions.Fill(-1);
        starts.Clear();
        for (int i = 0; i < segments.Length; i++)
        {
            RowSegment segment = segments[i];
            Longest = Math.Max(Longest, segment.FirstPosition + segment.Rows);
            for (int row = 0; row < segment.Rows; row++)
            {
                positions[segment.FirstRow + row] = segment.FirstPosition + row;
                starts[segment.FirstRow + row] = i * _pages.Line;
            }
        }
    }

    /// <summary>Compares pages by content, not by reference: a sequence's list is reused when its pages change.</summary>
    private bool IsSent(ReadOnlySpan<RowSegment> segments)
    {
        bool same = segments.Length == _sent.Count;
        for (int i = 0; same && i < segments.Length; i++)
        {
            RowSegment segment = segments[i];
            same = _sent[i] == segment with { Pages = _sent[i].Pages } && _pages.Has(i, segment.Pages.AsSpan(0, PagesOf(segment)));
        }

        return same;
    }
}
