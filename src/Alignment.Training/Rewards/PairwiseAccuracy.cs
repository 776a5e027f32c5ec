using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards;

/// <summary>How often a reward prefers the response that its data prefers, and how often the longer response is that one.</summary>
/// <param name="Pairs">Pairs measured; at least one.</param>
/// <param name="Accuracy">Share with a positive margin; ties count half.</param>
/// <param name="LongerWins">
/// Share in which the preferred response has more tokens; null where all are of equal length, else these count half.
/// </param>
/// <param name="BalancedAccuracy">
/// Mean of the accuracies where the preferred response is longer and where it is shorter: what is left when length tells nothing. Null
/// without both kinds.
/// </param>
public sealed record PairwiseAccuracy(int Pairs, double Accuracy, double? LongerWins, double? BalancedAccuracy)
{
    private const double Normal95 = 1.96;

    /// <summary>
    /// The 95 % confidence interval of <see cref="Accuracy"/> by Wilson's score (1927), pairs taken as independent:
    /// (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n).
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            const double Square = Normal95 * Normal95;
            double centre = Accuracy + (Square / (2 * Pairs));
            double half = Normal95 * Math.Sqrt((Accuracy * (1 - Accuracy) / Pairs) + (Square / (4.0 * Pairs * Pairs)));
            double scale = 1 + (Square / Pairs);
            return (Math.Max(0, (centre - half) / scale), Math.Min(1, (centre + half) / scale));
        }
    }

    /// <summary>Of at least one example and its margin.</summary>
    public static PairwiseAccuracy Of(IReadOnlyList<(RewardExample Example, double Margin)> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        double[] lengths = [.. results.Select(result => (double)(result.Example.Chosen.Count - result.Example.Rejected.Count))];
        double? longer = Share(results.Where((_, i) => lengths[i] > 0));
        double? shorter = Share(results.Where((_, i) => lengths[i] < 0));
        double accuracy = Share(results) ?? throw new ArgumentException("there is no pair", nameof(results));
        return new PairwiseAccuracy(
            results.Count, accuracy, longer is null && shorter is null ? null : lengths.Average(Right), (longer + shorter) / 2);

        static double? Share(IEnumerable<(RewardExample Example, double Margin)> pairs) =>
            pairs.Select(pair => (double?)Right(pair.Margin)).Average();
    }

    private static double Right(double margin) => margin > 0 ? 1 : margin < 0 ? 0 : 0.5;
}
