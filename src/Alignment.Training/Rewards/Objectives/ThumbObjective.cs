using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// A loss of the reward of one response under a thumb. Those up count together as those down, however many there are of each.
/// </summary>
public abstract class ThumbObjective : IObjective<RatedExample>
{
    private readonly double _up;
    private readonly double _down;

    /// <param name="examples">All that is learned from: how many thumbs point each way.</param>
    protected ThumbObjective(IReadOnlyList<RatedExample> examples)
    {
        double up = examples.Count(IsUp);
        (_up, _down) = (examples.Count / (2 * up), examples.Count / (2 * (examples.Count - up)));
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<double> OwnStart => [];

    /// <inheritdoc/>
    public double Evaluate(ScoredBatch<RatedExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        double reference = Reference(batch);
        (double loss, int right) = (0, 0);
        for (int i = 0; i < batch.Examples.Count; i++)
        {
            bool up = IsUp(batch.Examples[i]);
            double beyond = up ? batch.Scores[i] - reference : reference - batch.Scores[i];
            (double own, double slope) = OfDistance(beyond);
            double weight = batch.Weights[i] * (up ? _up : _down);
            loss += weight * own;
            batch.Gradients[i] += weight * (up ? slope : -slope);
            right += beyond > 0 ? 1 : 0;
        }

        batch.Right = right;
        Conclude(batch);
        return loss;
    }

    /// <summary>The reward that separates good from bad; held fixed where the gradient is taken.</summary>
    protected abstract double Reference(ScoredBatch<RatedExample> batch);

    /// <summary>What the objective keeps of a batch for the next one.</summary>
    protected virtual void Conclude(ScoredBatch<RatedExample> batch)
    {
    }

    /// <summary>The loss of lying so far on the right side of it, and its derivative.</summary>
    protected abstract (double Loss, double Slope) OfDistance(double distance);

    private static bool IsUp(RatedExample example) => example.Ratings[0] > 0;
}
