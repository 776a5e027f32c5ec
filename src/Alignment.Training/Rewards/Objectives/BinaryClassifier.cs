using Alignment.Training.Rewards.Examples;


namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// BCO (Jung et al., 2024) for a head: a classifier of thumbs whose logit is the reward, -log sigmoid(r - delta) for thumbs up and
/// -log sigmoid(delta - r) for thumbs down. delta is the running mean of all rewards, good and bad. The paper's density ratio of prompts is
/// not estimated.
/// </summary>
public sealed class BinaryClassifier(IReadOnlyList<RatedExample> examples) : ThumbObjective(examples)
{
    private const double Memory = 0.99;

    /// <summary>delta.</summary>
    public override IReadOnlyList<double> OwnStart => [0];

    /// <inheritdoc/>
    protected override double Reference(ScoredBatch<RatedExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Own[0];
    }

    /// <inheritdoc/>
    protected override void Conclude(ScoredBatch<RatedExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Own[0] = (Memory * batch.Own[0]) + ((1 - Memory) * batch.Scores.Average());
    }

    /// <inheritdoc/>
    protected override (double Loss, double Slope) OfDistance(double distance) =>
        (PairwiseLoss.Loss(distance), -PairwiseLoss.Slope(distance));
}
