using System.Numerics;
using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cpu.Simd;

namespace Alignment.Compute.Cpu.NextToken;

/// <summary>The next-token rule of one row: scores, then the choice, then what is reported about it.</summary>
internal static unsafe class NextTokenKernel<T>
    where T : struct, ISimd<T>
{
    public static void Choose(in NextTokenRow row, NextTokenScratch scratch)
    {
        int count = row.Vocabulary;
        scratch.Reserve(count);
        TokenChoice choice = row.Choice;
        float* logits = ((HostTensor)row.Logits).RowPointer(row.Row);
        double frozen = LogitPasses<T>.LogNormaliser(logits, count, scratch.Blocks);
        float* scores = IsAligned(row) ? Align(row, logits, scratch) : logits;
        float maximum = LogitPasses<T>.Maximum(scores, count);
        double mass = LogitPasses<T>.TotalMass(scores, count, maximum, 1, scratch.Blocks);
        if (!float.IsFinite(maximum) || double.IsNaN(mass) || double.IsNaN(frozen))
        {
            choice.Token = row.NoToken();
            return;
        }

        double aligned = maximum + Math.Log(mass);
        TokenDraw draw = row.Given is { } given ? TokenDraw.Certain(given) : Draw(row, scores, maximum, mass, scratch);
        choice.Token = draw.Token;
        choice.LogProbability = (float)(scores[draw.Token] - aligned);
        choice.FrozenLogProbability = (float)(logits[draw.Token] - frozen);
        choice.SampledLogProbability = (float)draw.LogProbability;
        choice.Divergence = row.Rule.Report && row.Given is null
            ? Divergence(row.Rule, scores, maximum, draw, logits, frozen, count, scratch)
            : 0;
        ReportGuides(row, draw.Token, scratch);
        BestTokens<T>.Find(scores, count, row.Rule.TopLogProbabilities, aligned, choice.Top);
    }

    private static bool IsAligned(in NextTokenRow row)
    {
        bool aligned = row.Counts is not null || row.Mask is not null || row.Rule.Bias.Count > 0;
        for (int i = 0; i < row.GuideCount; i++)
        {
            aligned |= row.Guides[i].Weight != 0;
        }

        return aligned;
    }

    private static float* Align(in NextTokenRow row, float* logits, NextTokenScratch scratch)
    {
        int count = row.Vocabulary;
        float* scores = scratch.Scores;
        new Span<float>(logits, count).CopyTo(new Span<float>(scores, count));
        Penalise(row, new Span<float>(scores, count));
        AddGuides(row, scores, scratch);
        AddBiases(row.Rule.Bias, new Span<float>(scores, count));
        if (row.Mask is not null)
        {
            Forbid(row.Mask, new Span<float>(scores, count));
        }

        return scores;
    }

    private static void AddGuides(in NextTokenRow row, float* scores, NextTokenScratch scratch)
    {
        for (int i = 0; i < row.GuideCount; i++)
        {
            GuideRow guide = row.Guides[i];
            if (guide.Weight != 0)
            {
                float* numbers = ((HostTensor)guide.Logits).RowPointer(guide.Row);
                double normaliser = LogitPasses<T>.LogNormaliser(numbers, row.Vocabulary, scratch.Blocks);
                LogitPasses<T>.AddGuide(numbers, normaliser, NextTokenRule.GuideFloor, guide.Weight, row.Vocabulary, scores);
            }
        }
    }

    private static void AddBiases(IReadOnlyList<TokenBias> biases, Span<float> scores)
    {
        for (int i = 0; i < biases.Count; i++)
        {
            if ((uint)biases[i].Token < (uint)scores.Length)
            {
                scores[biases[i].Token] += biases[i].Value;
            }
        }
    }

    /// <summary>Word by word, since most allow all of their tokens or none.</summary>
    private static void Forbid(TokenMask mask, Span<float> scores)
    {
        for (int first = 0; first < scores.Length; first += TokenMask.WordSize)
        {
            Span<float> word = scores.Slice(first, Math.Min(TokenMask.WordSize, scores.Length - first));
            ulong forbidden = ~mask.Words[first / TokenMask.WordSize];
            if (forbidden == ulong.MaxValue)
            {
                word.Fill(float.NegativeInfinity);
                continue;
            }

            for (; forbidden != 0 && BitOperations.TrailingZeroCount(forbidden) < word.Length; forbidden &= forbidden - 1)
            {
                word[BitOperations.TrailingZeroCount(forbidden)] = float.NegativeInfinity;
            }
        }
    }

    private static void Penalise(in NextTokenRow row, Span<float> scores)
    {
        if (row.Counts is null)
        {
            return;
        }

        NextTokenRule rule = row.Rule;
        foreach ((int token, TokenCounts.Occurrences counts) in row.Counts)
        {
            if ((uint)token >= (uint)scores.Length)
            {
                continue;
            }

            ref float score = ref scores[token];
            if (counts.Prompt + counts.Response > 0)
            {
                score = score > 0 ? score / rule.RepetitionPenalty : score * rule.RepetitionPenalty;
            }

            if (counts.Response > 0)
            {
                score -= (counts.Response * rule.FrequencyPenalty) + rule.PresencePenalty;
            }
        }
    }

    private static TokenDraw Draw(in NextTokenRow row, float* scores, float maximum, double mass, NextTokenScratch scratch)
    {
        NextTokenRule rule = row.Rule;
        if (rule.Temperature == 0)
        {
            return TokenDraw.Certain(LogitPasses<T>.IndexOf(scores, row.Vocabulary, maximum));
        }

        double uniform = Philox.Uniform(rule.Seed, (ulong)row.Position, row.Stream);
        double total = rule.Temperature == 1
            ? mass
            : LogitPasses<T>.TotalMass(scores, row.Vocabulary, maximum, rule.Temperature, scratch.Blocks);
        bool truncated = rule.TopK > 0 || rule.TopP < 1 || rule.MinP > 0;
        return truncated
            ? TruncatedDraw<T>.Draw(rule, scores, row.Vocabulary, maximum, total, uniform, scratch)
            : FullDraw<T>.Draw(scores, row.Vocabulary, maximum, rule.Temperature, total, uniform, scratch.Blocks);
    }

    private static double Divergence(
        NextTokenRule rule, float* scores, float maximum, TokenDraw draw, float* logits, double frozen, int count, NextTokenScratch scratch)
    {
        if (rule.Temperature == 0)
        {
            return frozen - logits[draw.Token];
        }

        return draw.Candidates < 0
            ? LogitPasses<T>.Divergence(scores, maximum, rule.Temperature, draw.LogTotal, logits, frozen, count)
            : TruncatedDraw<T>.Divergence(rule, scores, maximum, draw, logits, frozen, scratch);
    }

    private static void ReportGuides(in NextTokenRow row, int token, NextTokenScratch scratch)
    {
        for (int i = 0; i < row.GuideCount; i++)
        {
            float* numbers = ((HostTensor)row.Guides[i].Logits).RowPointer(row.Guides[i].Row);
            double normaliser = LogitPasses<T>.LogNormaliser(numbers, row.Vocabulary, scratch.Blocks);
            row.Choice.GuideLogProbabilities[i] = (float)Math.Max(numbers[token] - normaliser, NextTokenRule.GuideFloor);
        }
    }
}
