namespace Alignment.Training.Rewards;

/// <summary>How often a reward prefers the response that people prefer, and how often "the longer one" does.</summary>
/// <param name="Pairs">Pairs measured.</param>
/// <param name="Accuracy">Share with a positive margin; ties count half.</param>
/// <param name="LongerWins">The same for the response with more tokens.</param>
/// <param name="BalancedAccuracy">Mean of the accuracies where the chosen response is longer and where it is shorter: what is left when length tells nothing.</param>
public sealed record PairwiseAccuracy(int Pairs, double Accuracy, double LongerWins, double BalancedAccuracy)
{
    private const double Normal95 = 1.96;

    /// <summary>Half width of the 95 % confidence interval of <see cref="Accuracy"/> (normal approximation).</summary>
    public double HalfWidth => Normal95 * Math.Sqrt(Accuracy * (1 - Accuracy) / Pairs);

    /// <summary>Of at least one example and its margin.</summary>
    public static PairwiseAccuracy Of(IReadOnlyList<(RewardExample Example, double Margin)> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        double Share(IEnumerable<double> margins) => margins.Select(margin => margin > 0 ? 1 : margin < 0 ? 0 : 0.5).DefaultIfEmpty(0.5).Average();
        double[] lengths = [.. results.Select(result => (double)(result.Example.Chosen.Count - result.Example.Rejected.Count))];
        double longer = Share(results.Where((_, i) => lengths[i] > 0).Select(result => result.Margin));
        double shorter = Share(results.Where((_, i) => lengths[i] < 0).Select(result => result.Margin));
        return new PairwiseAccuracy(results.Count, Share(results.Select(result => result.Margin)), Share(lengths), (longer + shorter) / 2);
    }
}
