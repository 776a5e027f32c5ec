using Alignment.Training.Rewards.Examples;


namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// KTO (Ethayarajh et al., ICML 2024) for a head: thumbs up 1 - sigmoid(r - z), thumbs down 1 - sigmoid(z - r), with the reward r in the
/// place of beta log pi / pi_ref. What is far on the right side, or hopelessly on the wrong one, teaches little. z is the batch's mean
/// reward, at least 0; the paper takes it over mismatched prompts and responses, which would have to be run through the model.
/// </summary>
public sealed class KahnemanTversky(IReadOnlyList<RatedExample> examples) : ThumbObjective(examples)
{
    /// <inheritdoc/>
    protected override double Reference(ScoredBatch<RatedExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Math.Max(0, batch.Scores.Average());
    }

    /// <inheritdoc/>
    protected override (double Loss, double Slope) OfDistance(double distance)
    {
        double missed = PairwiseLoss.Slope(distance);
        return (missed, -missed * (1 - missed));
    }
}
