namespace Alignment.Training.Evaluation;

/// <summary>What one reward is worth on a set of comparisons.</summary>
/// <param name="Pairs">On every chosen response against every other one.</param>
/// <param name="BestRows">Rows of one response that is preferred to several.</param>
/// <param name="Best">How often the reward likes it best of all in its row; null where there are no such rows.</param>
public sealed record RewardFigures(PairFigures Pairs, int BestRows, Estimate? Best)
{
    /// <summary>Measures.</summary>
    /// <param name="comparisons">That can be used, and that people compared.</param>
    /// <param name="scores">[comparisons][responses].</param>
    /// <exception cref="ArgumentException">A score is no number.</exception>
    public static RewardFigures Of(IReadOnlyList<Comparison> comparisons, IReadOnlyList<IReadOnlyList<double>> scores)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        ArgumentNullException.ThrowIfNull(scores);
        (string Key, double Right)[] best =
        [
            .. comparisons.Zip(scores).Where(row => row.First.IsBestOf).Select(row => (row.First.Key, Comparison.Best(row.Second))),
        ];
        return new RewardFigures(
            PairFigures.Of([.. comparisons.Zip(scores).SelectMany(row => row.First.Pairs(row.Second))]),
            best.Length,
            ClusterBootstrap.Share([.. best.Select(row => row.Key)], [.. best.Select(row => row.Right)]));
    }
}
