using Alignment.Decoding.Methods.BestOfN;
using Alignment.Decoding.Requests;

namespace Alignment.Server.Tests.Policies;

/// <summary>
/// The promise of docs/policy.md, measured: scores of ten tokens and of candidates are computed from an accepted request by the formulas of
/// the
/// documentation, not by the server's code, and compared with what the operator's numbers allow.
/// </summary>
internal sealed record PolicyPromise
{
    private const int Tokens = 10;

    /// <summary>Least and largest weight of each guide that has a floor.</summary>
    public IReadOnlyDictionary<string, (double Least, double Most)> Floors { get; init; } = new Dictionary<string, (double, double)>();

    /// <summary>Largest sum of the magnitudes of all other guides' weights.</summary>
    public double OtherGuidance { get; init; }

    public double Bias { get; init; }

    public double Presence { get; init; }

    public double Frequency { get; init; }

    public double Temperature { get; init; } = 1;

    /// <summary>Least weight of <c>harmless-value</c>, where it has a floor.</summary>
    public double? Reward { get; init; }

    /// <summary>Largest magnitude of the weight of <c>helpful-value</c>.</summary>
    public double OtherReward { get; init; }

    public int Candidates { get; init; } = 1;

    public double Tau { get; init; }

    /// <summary>Fails unless the request keeps the promise, for random scores.</summary>
    public void Check(GenerationRequest request, Func<double> uniform)
    {
        CheckTokens(request, uniform);
        CheckSearch(request, uniform);
        Assert.InRange(request.Sampling.Temperature, 0, Temperature);
        Assert.False(request.Sampling.IgnoreEos);
        Assert.Empty(request.BadWords);
        Assert.Equal(0, request.MinTokens);
        Assert.False(Reward is not null && request.Alignment.Report);
    }

    private void CheckTokens(GenerationRequest request, Func<double> uniform)
    {
        var guides = new[] { "harmless", "helpful", GuidanceSource.Prompt }.ToDictionary(name => name, _ => LogSoftmax(Draw(uniform)));
        double[] frozen = Draw(uniform);
        double[] promised = [.. frozen];
        foreach ((string name, (double least, double most)) in Floors)
        {
            double weight = request.Alignment.Guidance.Where(source => source.Source == name).Sum(source => source.Weight);
            Assert.InRange(weight, least, most);
            Add(promised, guides[name], weight);
        }

        double[] aligned = [.. frozen];
        foreach (GuidanceSource source in request.Alignment.Guidance)
        {
            Add(aligned, guides[source.Source], source.Weight);
        }

        int[] counts = [.. Enumerable.Range(0, Tokens).Select(_ => (int)(uniform() * 4))];
        Penalise(aligned, counts, request.Sampling);
        double spread = guides.Where(guide => !Floors.ContainsKey(guide.Key)).Max(guide => guide.Value.Max() - guide.Value.Min());
        double bound = (OtherGuidance * spread) + (2 * Bias) + Presence + (counts.Max() * Frequency) + 1e-5;
        for (int a = 0; a < Tokens; a++)
        {
            for (int b = 0; b < Tokens; b++)
            {
                double shift = aligned[a] - aligned[b] - (promised[a] - promised[b]);
                Assert.True(Math.Abs(shift) <= bound, $"the odds of two tokens are shifted by {shift} nats, {bound} are allowed");
            }
        }
    }

    private void CheckSearch(GenerationRequest request, Func<double> uniform)
    {
        if (request.Alignment.Search is not BestOfNSettings search)
        {
            Assert.Null(Reward);
            return;
        }

        Assert.True(search.Candidates >= Candidates * request.Choices, $"{request.Choices} of {search.Candidates} candidates are returned");
        Assert.InRange(search.Tau, 0, Tau);
        double[] floor = [.. Draw(uniform)[..2]];
        double[] other = [.. Draw(uniform)[..2]];
        double preference = Score(search, floor[0], other[0]) - Score(search, floor[1], other[1]);
        if (Reward is { } least)
        {
            double[] scores = Draw(uniform);
            Assert.InRange(Peak(scores, request.Sampling), 0, Peak(scores, new SamplingSettings()) + 1e-9);
            double kept = (least * (floor[0] - floor[1])) - (OtherReward * Math.Abs(other[0] - other[1])) - 1e-8;
            Assert.True(floor[0] < floor[1] || preference >= kept, $"the floor's candidate is ahead by {preference}, promised is {kept}");
        }
        else
        {
            double allowed = OtherReward * Math.Abs(other[0] - other[1]);
            Assert.True(Math.Abs(preference) <= allowed, "a reward that the operator does not allow counts");
        }
    }

    /// <summary>How probable the most probable token is: two candidates agree at least so often squared.</summary>
    private static double Peak(double[] scores, SamplingSettings sampling)
    {
        if (sampling.Temperature == 0)
        {
            return 1;
        }

        double[] sorted = [.. LogSoftmax([.. scores.Select(score => score / sampling.Temperature)]).Select(Math.Exp).OrderDescending()];
        double kept = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            bool inTop = (sampling.TopK == 0 || i < sampling.TopK) && (i == 0 || kept < sampling.TopP);
            kept += inTop && sorted[i] >= sampling.MinP * sorted[0] ? sorted[i] : 0;
        }

        return sorted[0] / kept;
    }

    private static double Score(BestOfNSettings search, double harmless, double helpful) => search.Rewards.Sum(reward =>
    {
        double above = (reward.Name == "harmless-value" ? harmless : helpful) - reward.Transform.Reference;
        return reward.Weight * (reward.Transform.Name == "identity" ? above : LogSigmoid(above));
    });

    /// <summary>References are as large as 1e6: exp of them overflows.</summary>
    private static double LogSigmoid(double x) => x >= 0 ? -Math.Log(1 + Math.Exp(-x)) : x - Math.Log(1 + Math.Exp(x));

    private static void Penalise(double[] scores, int[] counts, SamplingSettings sampling)
    {
        for (int token = 0; token < Tokens; token++)
        {
            if (counts[token] > 0)
            {
                scores[token] *= scores[token] > 0 ? 1 / sampling.RepetitionPenalty : sampling.RepetitionPenalty;
                scores[token] -= (counts[token] * sampling.FrequencyPenalty) + sampling.PresencePenalty;
            }

            scores[token] += sampling.LogitBias.GetValueOrDefault(token) is var bias and > -100 ? bias : double.NegativeInfinity;
        }
    }

    private static void Add(double[] scores, double[] guide, double weight)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] += weight * guide[i];
        }
    }

    private static double[] Draw(Func<double> uniform) => [.. Enumerable.Range(0, Tokens).Select(_ => 8 * (uniform() - 0.5))];

    private static double[] LogSoftmax(double[] scores)
    {
        double normaliser = Math.Log(scores.Sum(Math.Exp));
        return [.. scores.Select(score => score - normaliser)];
    }
}
