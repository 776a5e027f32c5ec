using Alignment.Compute.Cuda.Driver;

namespace Alignment.Compute.Cuda.Launches;

/// <summary>
/// Sequences of launches that were seen, and graphs of those that were seen again. A sequence is equal when every kernel, grid and
/// parameter is: addresses are parameters too, so a graph never outlives the meaning of the memory it names. The least recently used make
/// room.
/// </summary>
internal sealed class GraphCache : IDisposable
{
    /// <summary>A bucket of rows has a few forms (page counts double, adapters come and go).</summary>
    private const int Capacity = 64;

    /// <summary>Shorter sequences are not worth a graph.</summary>
    private const int LeastWords = 64;

    private readonly Dictionary<ulong, Entry> _entries = [];
    private long _uses;

    /// <summary>Graphs made since the start.</summary>
    public int Captures { get; private set; }

    /// <summary>
    /// The graph of these launches; made of <paramref name="launch"/> when they come for the second time, null when they are new.
    /// </summary>
    public CudaGraph? Find(ReadOnlySpan<ulong> launches, CudaStream stream, Action launch)
    {
        if (launches.Length < LeastWords)
        {
            return null;
        }

        ulong hash = Hash(launches);
        if (!_entries.TryGetValue(hash, out Entry? entry) || !launches.SequenceEqual(entry.Launches))
        {
            Remember(hash, launches);
            return null;
        }

        entry.LastUse = ++_uses;
        if (entry.Graph is null)
        {
            entry.Graph = new CudaGraph(stream, launch);
            Captures++;
        }

        return entry.Graph;
    }

    public void Dispose()
    {
        foreach (Entry entry in _entries.Values)
        {
            entry.Graph?.Dispose();
        }
    }

    /// <summary>Fowler, Noll and Vo's hash, by words.</summary>
    private static ulong Hash(ReadOnlySpan<ulong> words)
    {
        ulong hash = 14695981039346656037;
        foreach (ulong word in words)
        {
            hash = (hash ^ word ^ (word >> 32)) * 1099511628211;
        }

        return hash;
    }

    private void Remember(ulong hash, ReadOnlySpan<ulong> launches)
    {
        if (_entries.Count == Capacity)
        {
            Forget(_entries.MinBy(static entry => entry.Value.LastUse).Key);
        }

        Forget(hash);
        _entries.Add(hash, new Entry(launches.ToArray()) { LastUse = ++_uses });
    }

    private void Forget(ulong hash)
    {
        if (_entries.Remove(hash, out Entry? entry))
        {
            entry.Graph?.Dispose();
        }
    }

    private sealed class Entry(ulong[] launches)
    {
        public ulong[] Launches => launches;

        public CudaGraph? Graph { get; set; }

        public long LastUse { get; set; }
    }
}
