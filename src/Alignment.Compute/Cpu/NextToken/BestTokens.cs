using System.Numerics;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>Finds the few best tokens of a row by insertion: after the first hundreds almost no token enters the list.</summary>
internal static unsafe class BestTokens<T>
    where T : struct, ISimd<T>
{
    /// <summary>
    /// Fills <paramref name="best"/> with the first <paramref name="wanted"/> tokens by descending score, ties by id; the rest with none.
    /// </summary>
    public static void Find(float* scores, int count, int wanted, double normaliser, Span<TokenLogProbability> best)
    {
        best.Fill(TokenLogProbability.None);
        best = best[..Math.Min(wanted, best.Length)];
        for (int i = 0; i < count && !best.IsEmpty; i += SimdMath.Width)
        {
            uint mask = T.GreaterThanMask(LogitPasses<T>.Load(scores, i, count), T.Broadcast(best[^1].LogProbability));
            for (; mask != 0; mask &= mask - 1)
            {
                int token = i + BitOperations.TrailingZeroCount(mask);
                Insert(new TokenLogProbability(token, scores[token]), best);
            }
        }

        foreach (ref TokenLogProbability entry in best)
        {
            entry = entry with { LogProbability = (float)(entry.LogProbability - normaliser) };
        }
    }

    private static void Insert(TokenLogProbability entry, Span<TokenLogProbability> best)
    {
        int place = best.Length;
        while (place > 0 && best[place - 1].LogProbability < entry.LogProbability)
        {
            place--;
        }

        if (place < best.Length)
        {
            best[place..^1].CopyTo(best[(place + 1)..]);
            best[place] = entry;
        }
    }
}
