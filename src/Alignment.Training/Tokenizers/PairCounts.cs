using System.Runtime.InteropServices;

namespace Alignment.Training.Tokenizers;

/// <summary>
/// Counts of adjacent pairs in a set of weighted words, kept up to date while pairs are merged. The queue is lazy: counts only fall between
/// two pushes of a pair, so an entry that is out of date is pushed again with its true count when it surfaces.
/// </summary>
internal sealed class PairCounts
{
    private const long Rare = 2;
    private readonly List<(int[] Symbols, int Length, long Count)> _words = [];
    private readonly Dictionary<(int Left, int Right), long> _counts = [];
    private readonly Dictionary<(int Left, int Right), List<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Rank, int Left, int Right)> _queue = new();

    public PairCounts(IEnumerable<(int[] Symbols, long Count)> words)
    {
        foreach ((int[] symbols, long count) in words)
        {
            _words.Add((symbols, symbols.Length, count));
            Count(_words.Count - 1, 1);
        }

        foreach ((int Left, int Right) pair in _counts.Keys)
        {
            Push(pair);
        }
    }

    /// <summary>Removes and returns the most frequent pair; null where none occurs twice.</summary>
    public (int Left, int Right)? TakeMostFrequent()
    {
        while (_queue.TryDequeue(out (int Left, int Right) pair, out (long Rank, int Left, int Right) priority))
        {
            long count = _counts.GetValueOrDefault(pair);
            if (count == -priority.Rank)
            {
                return count >= Rare ? pair : null;
            }

            if (count >= Rare)
            {
                Push(pair);
            }
        }

        return null;
    }

    /// <summary>Replaces a pair by one symbol in every word that has it. Costs the length of those words.</summary>
    public void Merge(int left, int right, int merged)
    {
        var pair = (left, right);
        if (!_places.Remove(pair, out List<int>? places))
        {
            return;
        }

        HashSet<(int Left, int Right)> grown = [];
        int previous = -1;
        foreach (int word in places)
        {
            // A word is listed once for every time the pair appeared in it; the list is in order of insertion, so look for the pair again.
            if (word != previous)
            {
                Replace(word, pair, merged, grown);
            }

            previous = word;
        }

        _counts.Remove(pair);
        foreach ((int Left, int Right) next in grown)
        {
            Push(next);
        }
    }

    private void Replace(int index, (int Left, int Right) pair, int merged, HashSet<(int Left, int Right)> grown)
    {
        (int[] symbols, int length, long count) = _words[index];
        if (!Contains(symbols.AsSpan(0, length), pair))
        {
            return;
        }

        Count(index, -1);
        int end = 0;
        for (int i = 0; i < length; i++)
        {
            bool match = i + 1 < length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
            symbols[end++] = match ? merged : symbols[i];
            i += match ? 1 : 0;
        }

        _words[index] = (symbols, end, count);
        Count(index, 1);
        for (int i = 0; i + 1 < end; i++)
        {
            if (symbols[i] == merged || symbols[i + 1] == merged)
            {
                grown.Add((symbols[i], symbols[i + 1]));
            }
        }
    }

    private static bool Contains(ReadOnlySpan<int> symbols, (int Left, int Right) pair)
    {
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            if (symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                return true;
            }
        }

        return false;
    }

    private void Count(int index, int sign)
    {
        (int[] symbols, int length, long count) = _words[index];
        for (int i = 0; i + 1 < length; i++)
        {
            var pair = (symbols[i], symbols[i + 1]);
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
            if (sign > 0)
            {
                ref List<int>? places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _);
                places ??= [];
                if (places.Count == 0 || places[^1] != index)
                {
                    places.Add(index);
                }
            }
        }
    }

    private void Push((int Left, int Right) pair) => _queue.Enqueue(pair, (-_counts[pair], pair.Left, pair.Right));
}
