using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// A loss of the margin d = reward of the chosen response - reward of the rejected one. 0.01 (r+ + r-)^2 is added, so that rewards lie
/// around zero (Eisenstein et al., 2023): a margin alone says nothing of where they lie.
/// </summary>
public abstract class PairObjective : IObjective<RewardExample>
{
    private const double Centring = 0.01;

    /// <inheritdoc/>
    public virtual IReadOnlyList<double> OwnStart => [];

    /// <inheritdoc/>
    public double Evaluate(ScoredBatch<RewardExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        (double loss, int right) = (0, 0);
        for (int i = 0; i < batch.Examples.Count; i++)
        {
            (double chosen, double rejected) = (batch.Scores[2 * i], batch.Scores[(2 * i) + 1]);
            (double own, double slope) = OfMargin(batch.Examples[i], chosen - rejected, batch.Own);
            double sum = chosen + rejected;
            loss += batch.Weights[i] * (own + (Centring * sum * sum));
            batch.Gradients[2 * i] += batch.Weights[i] * (slope + (2 * Centring * sum));
            batch.Gradients[(2 * i) + 1] += batch.Weights[i] * (-slope + (2 * Centring * sum));
            right += chosen > rejected ? 1 : 0;
        }

        batch.Right = right;
        Conclude(batch);
        return loss;
    }

    /// <summary>What the objective keeps of a batch for the next one.</summary>
    protected virtual void Conclude(ScoredBatch<RewardExample> batch)
    {
    }

    /// <summary>The loss of a pair's margin and its derivative.</summary>
    protected abstract (double Loss, double Slope) OfMargin(RewardExample example, double margin, double[] own);
}
