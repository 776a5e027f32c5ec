using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;

namespace Alignment.Training.Rewards;

/// <summary>
/// The frozen model's own log-probability of a response, its end included, in the place of a reward: what a reward of the same model must
/// beat before it has learned anything.
/// </summary>
internal static class FrozenBaseline
{
    /// <summary>Margins of the sum, and of the mean a token.</summary>
    /// <param name="features">Of the model; nothing may have been merged into it.</param>
    /// <param name="examples">The pairs.</param>
    /// <param name="cancellation">Stops between two responses.</param>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public static IReadOnlyList<HeldOutMargins> Measure(
        FeatureCache features, IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ResponseTokens[] responses = [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })];
        double[] sums = responses.Length > 0 ? Sums(features, responses, cancellation) : [];
        return
        [
            new HeldOutMargins("frozen model, sum", Margins(i => sums[i])),
            new HeldOutMargins("frozen model, mean", Margins(i => sums[i] / responses[i].Count)),
        ];

        double[] Margins(Func<int, double> score) =>
            [.. Enumerable.Range(0, examples.Count).Select(i => score(2 * i) - score((2 * i) + 1))];
    }

    private static double[] Sums(FeatureCache features, ResponseTokens[] responses, CancellationToken cancellation)
    {
        using FeatureTable table = features.Read(responses, new LogProbabilityReading(), cancellation);
        return [.. responses.Select((_, i) => (double)table.Row(table.FirstRow(i))[0])];
    }
}
