using System.Numerics;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>
/// Top-k, top-p and min-p. Only tokens near the best are gathered and sorted: the margin grows until the rule can be decided, so a peaked
/// row costs a pass or two over the vocabulary and a sort of a few tokens.
/// </summary>
internal static unsafe class TruncatedDraw<T>
    where T : struct, ISimd<T>
{
    private const double FirstMargin = 6;
    private const double LastMargin = 100;

    public static TokenDraw Draw(
        NextTokenRule rule, float* scores, int count, float maximum, double total, double uniform, NextTokenScratch scratch)
    {
        int gathered = Gather(rule, scores, count, maximum, total, scratch);
        var ranked = new Span<ulong>(scratch.Ranked, gathered);
        new Span<ulong>(scratch.Keys, gathered).CopyTo(ranked);
        ranked.Sort();
        int kept = Keep(rule, scores, ranked, maximum, total);
        double keptTotal = TotalOf(rule, scores, ranked[..kept], maximum);
        int token = Find(rule, scores, new Span<ulong>(scratch.Keys, gathered), ranked[kept - 1], maximum, uniform * keptTotal);
        double logTotal = Math.Log(keptTotal);
        return new TokenDraw(token, ((scores[token] - maximum) / (double)rule.Temperature) - logTotal, logTotal, kept);
    }

    /// <summary>KL of the kept candidates from the frozen model.</summary>
    public static double Divergence(
        NextTokenRule rule, float* scores, float maximum, TokenDraw draw, float* logits, double frozen, NextTokenScratch scratch)
    {
        double divergence = 0;
        foreach (ulong key in new Span<ulong>(scratch.Ranked, draw.Candidates))
        {
            int token = LogitMath.Token(key);
            double sampled = ((scores[token] - maximum) / (double)rule.Temperature) - draw.LogTotal;
            divergence += Math.Exp(sampled) * (sampled - (logits[token] - frozen));
        }

        return divergence;
    }

    private static double Mass(NextTokenRule rule, float* scores, ulong key, float maximum)
        => Math.Exp((scores[LogitMath.Token(key)] - maximum) / (double)rule.Temperature);

    /// <summary>Keys of all tokens that the rule may keep, by id.</summary>
    private static int Gather(NextTokenRule rule, float* scores, int count, float maximum, double total, NextTokenScratch scratch)
    {
        double minimumMargin = rule.MinP > 0 ? -Math.Log(rule.MinP) : double.PositiveInfinity;
        for (double margin = FirstMargin; ; margin *= 2)
        {
            bool everything = margin > LastMargin;
            float bound = everything ? float.NegativeInfinity : MathF.BitDecrement((float)(maximum - (margin * rule.Temperature)));
            int gathered = GatherAbove(bound, rule.Temperature, scores, count, maximum, scratch.Keys, out double mass);
            bool enoughForTopK = rule.TopK > 0 && gathered >= rule.TopK;
            bool enoughForTopP = rule.TopK == 0 && rule.TopP < 1 && mass >= rule.TopP * total;
            bool enoughForMinP = rule.TopP >= 1 && margin > minimumMargin;
            if (everything || enoughForTopK || enoughForTopP || enoughForMinP)
            {
                return gathered;
            }
        }
    }

    private static int GatherAbove(float bound, float temperature, float* scores, int count, float maximum, ulong* keys, out double mass)
    {
        float* masses = stackalloc float[SimdMath.Width];
        T limit = T.Broadcast(bound);
        int gathered = 0;
        mass = 0;
        for (int i = 0; i < count; i += SimdMath.Width)
        {
            uint mask = T.GreaterThanMask(LogitPasses<T>.Load(scores, i, count), limit);
            if (mask != 0)
            {
                LogitPasses<T>.Mass(scores, i, count, maximum, temperature).Store(masses);
            }

            for (; mask != 0; mask &= mask - 1)
            {
                int place = BitOperations.TrailingZeroCount(mask);
                mass += masses[place];
                keys[gathered++] = LogitMath.Key(scores[i + place], i + place);
            }
        }

        return gathered;
    }

    /// <summary>How many of the ranked candidates stay: each limit cuts the tail.</summary>
    private static int Keep(NextTokenRule rule, float* scores, ReadOnlySpan<ulong> ranked, float maximum, double total)
    {
        int most = rule.TopK > 0 ? Math.Min(rule.TopK, ranked.Length) : ranked.Length;
        double nucleus = rule.TopP * (rule.TopK > 0 ? TotalOf(rule, scores, ranked[..most], maximum) : total);
        double before = 0;
        int kept = 0;
        for (; kept < most; kept++)
        {
            double mass = Mass(rule, scores, ranked[kept], maximum);
            bool inside = mass >= rule.MinP && (rule.TopP >= 1 || before < nucleus);
            if (kept > 0 && !inside)
            {
                break;
            }

            before += mass;
        }

        return kept;
    }

    private static double TotalOf(NextTokenRule rule, float* scores, ReadOnlySpan<ulong> keys, float maximum)
    {
        double total = 0;
        foreach (ulong key in keys)
        {
            total += Mass(rule, scores, key, maximum);
        }

        return total;
    }

    /// <summary>Walks the kept candidates by id; where rounding leaves none, the last one.</summary>
    private static int Find(NextTokenRule rule, float* scores, ReadOnlySpan<ulong> keys, ulong worst, float maximum, double target)
    {
        double sum = 0;
        int token = -1;
        foreach (ulong key in keys)
        {
            if (key <= worst)
            {
                token = LogitMath.Token(key);
                sum += Mass(rule, scores, key, maximum);
                if (sum > target)
                {
                    break;
                }
            }
        }

        return token;
    }
}
