using System.Numerics;
using Alignment.Compute.Contract.Random;

namespace Alignment.Training.LanguageModels;

/// <summary>
/// A permutation that is computed, not stored: a Feistel network over the next even power of two (Luby and Rackoff, 1988), walked until it
/// falls inside (Black and Rogaway, 2002). Any place is found at once, in constant memory.
/// </summary>
internal static class SeededPermutation
{
    private const int Rounds = 6;

    /// <summary>Where <paramref name="index"/> of <paramref name="count"/> goes in permutation (seed, number).</summary>
    public static long At(ulong index, ulong count, ulong seed, ulong number)
    {
        int half = (BitOperations.Log2(Math.Max(1, count - 1)) / 2) + 1;
        do
        {
            index = Step(index, half, seed, number);
        }
        while (index >= count); // fewer than four steps on average: the network is at most four times as wide

        return (long)index;
    }

    private static ulong Step(ulong index, int half, ulong seed, ulong number)
    {
        ulong mask = (1UL << half) - 1;
        (ulong left, ulong right) = (index >> half, index & mask);
        for (uint round = 0; round < Rounds; round++)
        {
            ulong mixed = Philox.Block(seed, right, (number << 8) | round).X & mask;
            (left, right) = (right, left ^ mixed);
        }

        return (left << half) | right;
    }
}
