using System.Runtime.InteropServices;

namespace Alignment.Models.Tokenization;

/// <summary>
/// The symbols of a word while it is merged: a linked list in arrays and a heap of candidate pairs, so that a word of n symbols costs O(n
/// log n). Reused from word to word; not for two threads at once.
/// </summary>
internal sealed class BpeWord
{
    private const int None = -1;

    /// <summary>Joins between two looks at whether anybody still waits.</summary>
    private const int Stretch = 1 << 12;

    private readonly List<Symbol> _symbols = [];
    private readonly PriorityQueue<(int Left, int Right, int Merged), long> _candidates = new();

    /// <summary>Forgets the last word, finished or not.</summary>
    public void Clear()
    {
        _symbols.Clear();
        _candidates.Clear();
    }

    /// <summary>Appends a symbol.</summary>
    public void Add(int id) => _symbols.Add(new Symbol { Id = id, Previous = _symbols.Count - 1, Next = _symbols.Count + 1 });

    /// <summary>Joins pairs in order of rank, then of position, and appends the ids that remain.</summary>
    public void Merge(Dictionary<(int Left, int Right), (int Rank, int Id)> merges, List<int> output, CancellationToken cancellation)
    {
        if (_symbols.Count == 0)
        {
            return;
        }

        Span<Symbol> symbols = CollectionsMarshal.AsSpan(_symbols);
        symbols[^1].Next = None;
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            Propose(symbols, i, merges);
        }

        for (int step = 1; _candidates.TryDequeue(out (int Left, int Right, int Merged) pair, out long priority); step++)
        {
            if (step % Stretch == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            int at = (int)(priority & int.MaxValue);
            ref Symbol left = ref symbols[at];
            // Stale where a neighbour was merged since: the pair at this place is another one now.
            if (left.Id != pair.Left || left.Next == None || symbols[left.Next].Id != pair.Right)
            {
                continue;
            }

            Join(symbols, at, pair.Merged);
            Propose(symbols, at, merges);
            Propose(symbols, left.Previous, merges);
        }

        for (int at = 0; at != None; at = symbols[at].Next)
        {
            output.Add(symbols[at].Id);
        }
    }

    private static void Join(Span<Symbol> symbols, int at, int merged)
    {
        ref Symbol left = ref symbols[at];
        ref Symbol right = ref symbols[left.Next];
        left.Id = merged;
        left.Next = right.Next;
        right.Id = None;
        if (left.Next != None)
        {
            symbols[left.Next].Previous = at;
        }
    }

    private void Propose(Span<Symbol> symbols, int at, Dictionary<(int Left, int Right), (int Rank, int Id)> merges)
    {
        if (at != None && symbols[at].Next != None)
        {
            (int left, int right) = (symbols[at].Id, symbols[symbols[at].Next].Id);
            if (merges.TryGetValue((left, right), out (int Rank, int Id) merge))
            {
                _candidates.Enqueue((left, right, merge.Id), ((long)merge.Rank << 32) | (uint)at);
            }
        }
    }

    private struct Symbol
    {
        public int Id;
        public int Previous;
        public int Next;
    }
}
