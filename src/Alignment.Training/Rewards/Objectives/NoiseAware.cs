using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Learning from labels of which some are wrong, by expectation maximisation (the form that the abstract of LCPO suggests). E: with a rate
/// e of wrong labels, c = (1 - e) sigmoid(d) / ((1 - e) sigmoid(d) + e sigmoid(-d)) is the probability that a pair's is right. M: a step
/// down c l(d) + (1 - c) l(-d) with l(d) = -log sigmoid(d) and c held fixed, which is a step down -log((1 - e) sigmoid(d) + e sigmoid(-d));
/// and e moves towards 1 - mean c. Where a row says how sure its label is, that is its own 1 - e.
/// </summary>
public sealed class NoiseAware : PairObjective
{
    private const double StartRate = 0.1;
    private const double Memory = 0.99;
    private const double LeastRate = 0.001;
    private const double MostRate = 0.49;

    /// <summary>The rate e.</summary>
    public override IReadOnlyList<double> OwnStart => [StartRate];

    /// <summary>c: the probability that a label is right, given the margin and how often labels are wrong.</summary>
    public static double Confidence(double margin, double rate)
    {
        double right = (1 - rate) * PairwiseLoss.Slope(-margin);
        double wrong = rate * PairwiseLoss.Slope(margin);
        return right / (right + wrong);
    }

    /// <inheritdoc/>
    protected override (double Loss, double Slope) OfMargin(RewardExample example, double margin, double[] own)
    {
        ArgumentNullException.ThrowIfNull(own);
        double rate = Rate(example, own);
        double confidence = Confidence(margin, rate);
        return (
            -Math.Log(((1 - rate) * PairwiseLoss.Slope(-margin)) + (rate * PairwiseLoss.Slope(margin))),
            ((1 - confidence) * PairwiseLoss.Slope(-margin)) - (confidence * PairwiseLoss.Slope(margin)));
    }

    /// <inheritdoc/>
    protected override void Conclude(ScoredBatch<RewardExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        double doubt = Enumerable.Range(0, batch.Examples.Count)
            .Average(i => 1 - Confidence(batch.Scores[2 * i] - batch.Scores[(2 * i) + 1], Rate(batch.Examples[i], batch.Own)));
        batch.Own[0] = Math.Min(MostRate, (Memory * batch.Own[0]) + ((1 - Memory) * doubt));
    }

    private static double Rate(RewardExample example, double[] own) =>
        Math.Clamp(example.Agreement is { } agreement ? 1 - agreement : own[0], LeastRate, MostRate);
}
