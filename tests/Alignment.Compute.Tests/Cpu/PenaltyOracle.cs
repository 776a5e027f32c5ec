using Alignment.Compute.Contract;
using Alignment.Compute.Contract.NextToken;

namespace Alignment.Compute.Tests.Cpu;

/// <summary>What a repetition penalty takes away beside guides, computed by hand; for the tests of each backend.</summary>
internal static class PenaltyOracle
{
    private static readonly float[] s_logits = [1.2f, 0.4f, -0.8f, 0.3f];
    private static readonly float[] s_opinion = [-3, 2, 0.5f, 1];

    /// <summary>Token 0, which occurred, loses the same with and without a guide; the frozen model's own number stays.</summary>
    public static void AssertGuidesChangeNoPenalty(IBackend backend)
    {
        double plain = LogProbability(backend, 1) - LogProbability(backend, 2);
        Assert.True(plain > 0.2);
        foreach (float weight in (float[])[1, -2, 7])
        {
            Assert.Equal(
                plain, LogProbability(backend, 1, (new float[4], weight)) - LogProbability(backend, 2, (new float[4], weight)), 1e-5);
        }

        Assert.Equal(plain, LogProbability(backend, 1, (s_opinion, 0)) - LogProbability(backend, 2, (s_opinion, 0)), 1e-5);
        Assert.Equal(Expected(2, 0.7f), LogProbability(backend, 2, (s_opinion, 0.7f)), 1e-5);
    }

    private static double Expected(float repetition, float weight)
    {
        double[] scores =
        [
            .. s_logits.Select((logit, token) => (token > 0 ? logit : (double)logit / repetition) + (weight * s_opinion[token])),
        ];
        return scores[0] - Math.Log(scores.Sum(Math.Exp));
    }

    private static float LogProbability(IBackend backend, float repetition, params (float[] Logits, float Weight)[] guides)
    {
        using Tensor logits = backend.CreateTensor(1, s_logits.Length);
        using Tensor opinions = backend.CreateTensor(1, s_logits.Length);
        backend.Upload(s_logits, 0, logits);
        TokenCounts counts = new();
        counts.AddPrompt(0);
        foreach ((float[] opinion, _) in guides)
        {
            backend.Upload(opinion, 0, opinions);
        }

        TokenChoice choice = new(0, guides.Length);
        GuideRow[] rows = [.. guides.Select(guide => new GuideRow(opinions, 0, guide.Weight))];
        NextTokenRule rule = new() { RepetitionPenalty = repetition };
        backend.ChooseNextTokens([new NextTokenRow(logits, 0, s_logits.Length, rows, rows.Length, rule, counts, 0, 0, choice, Given: 0)]);
        Assert.Equal(s_logits[0] - Math.Log(s_logits.Sum(logit => Math.Exp(logit))), choice.FrozenLogProbability, 1e-5);
        return choice.LogProbability;
    }
}
