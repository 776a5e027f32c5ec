using System.Runtime.InteropServices;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;

namespace Alignment.Compute.Cuda.Attention;

/// <summary>
/// Page tables as the device has them, one line for each segment of a batch, and their copy on the host: a step sends the few entries that
/// differ (a sequence gets a page every sixteen tokens), and one launch puts them in place.
/// </summary>
internal sealed class PageTables(DeviceSession session) : IDisposable
{
    private const int LeastLine = 64;

    /// <summary>
    /// Entries that one launch puts in place: thousands of long sequences that begin together have more than a post carries.
    /// </summary>
    private const int MostUpdates = 1 << 18;

    private readonly Scratch _memory = new(session);
    private readonly List<TableUpdate> _updates = [];
    private int[] _mirror = [];

    public nint Address { get; private set; }

    /// <summary>Entries of a line.</summary>
    public int Line { get; private set; }

    /// <summary>Makes room for so many lines of so many pages. Where lines become longer, all are sent again.</summary>
    public void Resize(int lines, int pages)
    {
        int line = Math.Max(Line, Math.Max(LeastLine, Buckets.Doubling(pages)));
        if (line != Line || lines * line > _mirror.Length)
        {
            int length = Buckets.Doubling(lines) * line;
            Address = _memory.Reserve((long)length * sizeof(int));
            (Line, _mirror) = (line, new int[length]);
            Array.Fill(_mirror, -1);
        }
    }

    /// <summary>Whether a line begins with these pages.</summary>
    public bool Has(int index, ReadOnlySpan<int> pages) => _mirror.AsSpan(index * Line, pages.Length).SequenceEqual(pages);

    /// <summary>Notes what of a line has changed.</summary>
    public void Update(int index, ReadOnlySpan<int> pages)
    {
        Span<int> line = _mirror.AsSpan(index * Line, pages.Length);
        for (int i = line.CommonPrefixLength(pages); i < pages.Length; i++)
        {
            if (line[i] != pages[i])
            {
                line[i] = pages[i];
                _updates.Add(new TableUpdate { Index = (index * Line) + i, Page = pages[i] });
            }
        }
    }

    /// <summary>Queues the changes. Also without any, so that steps with and without new pages are one graph.</summary>
    public void Send()
    {
        ReadOnlySpan<TableUpdate> updates = CollectionsMarshal.AsSpan(_updates);
        for (; updates.Length > MostUpdates; updates = updates[MostUpdates..])
        {
            Send(updates[..MostUpdates]);
        }

        Send(updates);
        _updates.Clear();
    }

    public void Dispose() => _memory.Dispose();

    private void Send(ReadOnlySpan<TableUpdate> updates)
    {
        nint address = session.Queue.Send(updates.Length + 1, out Span<TableUpdate> sent);
        sent[0] = new TableUpdate { Index = updates.Length };
        updates.CopyTo(sent[1..]);
        session.Queue.Launch(session.Kernels.UpdateTables, 1).With(address).With(Address);
    }

    /// <summary><c>TableUpdate</c> of attention.cu; the first of a list holds their number.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TableUpdate
    {
        public int Index;
        public int Page;
    }
}
