using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;

namespace Alignment.Compute.Reference;

/// <summary>The next-token rule step by step, each step over a whole array of doubles.</summary>
internal static class ReferenceNextToken
{
    /// <summary>Runs the rule of one row and writes its choice.</summary>
    public static void Choose(in NextTokenRow row)
    {
        double[] logits = Read(row.Logits, row.Row, row.Vocabulary);
        double[][] guides = [.. row.Guides.Take(row.GuideCount).Select(GuideLogProbabilities(row.Vocabulary))];
        double[] scores = Score(row, logits, guides);
        TokenChoice choice = row.Choice;
        if (!double.IsFinite(scores.Max()) || scores.Any(double.IsNaN) || !double.IsFinite(logits.Max()) || logits.Any(double.IsNaN))
        {
            choice.Token = row.NoToken();
            return;
        }

        double[] frozen = LogSoftmax(logits);
        double[] aligned = LogSoftmax(scores);
        double[] sampled = LogSoftmax(Truncate(row.Rule, scores));
        int token = row.Given ?? Draw(sampled, Philox.Uniform(row.Rule.Seed, (ulong)row.Position, row.Stream));
        choice.Token = token;
        choice.LogProbability = (float)aligned[token];
        choice.FrozenLogProbability = (float)frozen[token];
        choice.SampledLogProbability = row.Given is null ? (float)sampled[token] : 0;
        choice.Divergence = row.Rule.Report && row.Given is null ? Divergence(sampled, frozen) : 0;
        for (int i = 0; i < guides.Length; i++)
        {
            choice.GuideLogProbabilities[i] = (float)guides[i][token];
        }

        int[] ranked = Ranked(aligned);
        for (int i = 0; i < choice.Top.Length; i++)
        {
            bool reported = i < row.Rule.TopLogProbabilities && i < ranked.Length;
            choice.Top[i] = reported ? new TokenLogProbability(ranked[i], (float)aligned[ranked[i]]) : TokenLogProbability.None;
        }
    }

    private static double[] Read(Tensor tensor, int row, int vocabulary)
        => [.. ((HostTensor)tensor).Row(row)[..vocabulary].ToArray().Select(logit => (double)logit)];

    private static Func<GuideRow, double[]> GuideLogProbabilities(int vocabulary)
        => guide => [.. LogSoftmax(Read(guide.Logits, guide.Row, vocabulary)).Select(value => Math.Max(value, NextTokenRule.GuideFloor))];

    private static double[] Score(in NextTokenRow row, double[] logits, double[][] guides)
    {
        var scores = (double[])logits.Clone();
        Penalise(row.Rule, row.Counts ?? new TokenCounts(), scores);
        AddGuides(row, guides, scores);
        foreach (TokenBias bias in row.Rule.Bias)
        {
            scores[bias.Token] += bias.Value;
        }

        for (int token = 0; row.Mask is not null && token < scores.Length; token++)
        {
            scores[token] = row.Mask[token] ? scores[token] : double.NegativeInfinity;
        }

        return scores;
    }

    private static void Penalise(NextTokenRule rule, TokenCounts occurrences, double[] scores)
    {
        foreach ((int token, TokenCounts.Occurrences counts) in occurrences)
        {
            ref double score = ref scores[token];
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

    private static void AddGuides(in NextTokenRow row, double[][] guides, double[] scores)
    {
        for (int i = 0; i < guides.Length; i++)
        {
            for (int token = 0; row.Guides[i].Weight != 0 && token < scores.Length; token++)
            {
                scores[token] += row.Guides[i].Weight * guides[i][token];
            }
        }
    }

    /// <summary>Temperature, top-k, top-p and min-p, one after the other; a token that is out has score negative infinity.</summary>
    private static double[] Truncate(NextTokenRule rule, double[] scores)
    {
        int[] ranked = Ranked(scores);
        int kept = ranked.Length;
        double maximum = scores[ranked[0]];
        double temperature = rule.Temperature;
        double Mass(int token) => temperature == 0 ? (token == ranked[0] ? 1 : 0) : Math.Exp((scores[token] - maximum) / temperature);

        kept = temperature == 0 ? 1 : rule.TopK > 0 ? Math.Min(kept, rule.TopK) : kept;
        double total = ranked.Take(kept).Sum(Mass);
        double before = 0;
        var result = new double[scores.Length];
        Array.Fill(result, double.NegativeInfinity);
        for (int i = 0; i < kept; before += Mass(ranked[i]), i++)
        {
            bool nucleus = i == 0 || rule.TopP >= 1 || before < rule.TopP * total;
            if (nucleus && Mass(ranked[i]) >= rule.MinP)
            {
                result[ranked[i]] = temperature == 0 ? 0 : (scores[ranked[i]] - maximum) / temperature;
            }
        }

        return result;
    }

    /// <summary>Inverse of the cumulative distribution, tokens in the order of their ids.</summary>
    private static int Draw(double[] logProbabilities, double uniform)
    {
        double sum = 0;
        int last = -1;
        for (int token = 0; token < logProbabilities.Length; token++)
        {
            if (!double.IsNegativeInfinity(logProbabilities[token]))
            {
                last = token;
                sum += Math.Exp(logProbabilities[token]);
                if (sum > uniform)
                {
                    break;
                }
            }
        }

        return last;
    }

    private static double Divergence(double[] sampled, double[] frozen)
        => Enumerable.Range(0, sampled.Length).Where(token => !double.IsNegativeInfinity(sampled[token]))
            .Sum(token => Math.Exp(sampled[token]) * (sampled[token] - frozen[token]));

    /// <summary>Tokens that are not masked, best first, ties by id.</summary>
    private static int[] Ranked(double[] scores)
        =>
        [
            .. Enumerable.Range(0, scores.Length).Where(token => !double.IsNegativeInfinity(scores[token])).OrderByDescending(
                token => scores[token]),
        ];

    private static double[] LogSoftmax(double[] scores)
    {
        double maximum = scores.Max();
        double normaliser = maximum + Math.Log(scores.Sum(score => Math.Exp(score - maximum)));
        return [.. scores.Select(score => score - normaliser)];
    }
}
