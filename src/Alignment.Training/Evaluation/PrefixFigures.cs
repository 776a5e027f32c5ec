namespace Alignment.Training.Evaluation;

/// <summary>What a reward already says of the beginning of responses.</summary>
/// <param name="Share">Share of each response's tokens that it has seen.</param>
/// <param name="Accuracy">On all pairs, both responses seen so far; null without a pair.</param>
/// <param name="Correlation">Spearman's correlation of these scores with those of the whole responses, over responses.</param>
public sealed record PrefixFigures(double Share, Estimate? Accuracy, double? Correlation)
{
    /// <summary>Measures one share.</summary>
    /// <param name="share">Of each response's tokens.</param>
    /// <param name="comparisons">That can be used, and that people compared.</param>
    /// <param name="scores">[comparisons][responses] of the beginnings.</param>
    /// <param name="whole">[comparisons][responses] of the whole responses.</param>
    public static PrefixFigures Of(
        double share,
        IReadOnlyList<Comparison> comparisons,
        IReadOnlyList<IReadOnlyList<double>> scores,
        IReadOnlyList<IReadOnlyList<double>> whole)
    {
        ScoredPair[] pairs = [.. comparisons.Zip(scores).SelectMany(row => row.First.Pairs(row.Second))];
        return new PrefixFigures(
            share,
            ClusterBootstrap.Share([.. pairs.Select(pair => pair.Prompt)], [.. pairs.Select(pair => pair.Right)]),
            RankCorrelation.Of([.. scores.SelectMany(row => row)], [.. whole.SelectMany(row => row)]));
    }
}
