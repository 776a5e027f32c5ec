namespace Alignment.Training.Evaluation;

/// <summary>
/// Every figure of a reward on pairs that people compared, the same wherever pairs are measured. Intervals are of
/// <see cref="ClusterBootstrap"/>, over prompts.
/// </summary>
/// <param name="Pairs">Pairs measured.</param>
/// <param name="Prompts">Prompts that they belong to.</param>
/// <param name="Accuracy">Share of pairs with a positive margin, no margin counting half; null without a pair.</param>
/// <param name="LongerWins">
/// Share of pairs whose chosen response is the longer one, equal lengths counting half: what length alone would reach. Null where no two
/// lengths differ.
/// </param>
/// <param name="Balanced">
/// Accuracy where length tells nothing; see <see cref="LengthBalance"/>. Null where no bin of lengths has both kinds of pairs.
/// </param>
/// <param name="MatchedPairs">Pairs whose longer response is at most a tenth longer than the other.</param>
/// <param name="Matched">Accuracy on these; null where there are none.</param>
/// <param name="SpearmanLength">
/// Rank correlation of the margin with log(chosen length / rejected length): 1 or -1 for a reward that is length itself.
/// </param>
/// <param name="CalibrationError">See <see cref="Evaluation.CalibrationError"/>.</param>
public sealed record PairFigures(
    int Pairs,
    int Prompts,
    Estimate? Accuracy,
    double? LongerWins,
    Estimate? Balanced,
    int MatchedPairs,
    Estimate? Matched,
    double? SpearmanLength,
    double? CalibrationError)
{
    /// <summary>Measures; there may be no pair. Costs 1000 times the pairs, three times over: seconds for a hundred thousand.</summary>
    /// <exception cref="ArgumentException">A margin is no number, or a length not positive.</exception>
    public static PairFigures Of(IReadOnlyList<ScoredPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Any(pair => double.IsNaN(pair.Margin) || pair.ChosenLength < 1 || pair.RejectedLength < 1))
        {
            throw new ArgumentException("a margin is no number, or a length not positive", nameof(pairs));
        }

        ScoredPair[] matched = [.. pairs.Where(pair => LengthBalance.Bin(pair.ChosenLength, pair.RejectedLength) == 0)];
        double[] ratios = [.. pairs.Select(pair => pair.LogLengthRatio)];
        return new PairFigures(
            pairs.Count,
            pairs.Select(pair => pair.Prompt).Distinct().Count(),
            Share(pairs),
            ratios.All(ratio => ratio == 0) ? null : pairs.Average(pair => pair.Longer),
            new ClusterBootstrap(pairs.Select(pair => pair.Prompt)).Of(new LengthBalance(pairs).Accuracy),
            matched.Length,
            Share(matched),
            RankCorrelation.Of([.. pairs.Select(pair => pair.Margin)], ratios),
            Evaluation.CalibrationError.Of(pairs));
    }

    private static Estimate? Share(IReadOnlyList<ScoredPair> pairs) =>
        ClusterBootstrap.Share([.. pairs.Select(pair => pair.Prompt)], [.. pairs.Select(pair => pair.Right)]);
}
