using Alignment.Compute.Contract.Random;

namespace Alignment.Training.Data;

/// <summary>Orders and choices that depend only on a seed.</summary>
public static class SeededOrder
{
    /// <summary>Fisher-Yates with the numbers Philox(seed, 0), Philox(seed, 1), ...</summary>
    public static void Shuffle<T>(Span<T> items, ulong seed)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Index(seed, (ulong)last, last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>Uniform in [0, count).</summary>
    public static int Index(ulong seed, ulong counter, int count) => (int)(Philox.Uniform(seed, counter, 0) * count);
}
