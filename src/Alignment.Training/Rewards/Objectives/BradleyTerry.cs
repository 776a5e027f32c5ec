using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Bradley and Terry's loss with a margin: -log sigmoid(d - m), where m says by how much the chosen response is better: a gap of ranks
/// (Touvron et al., Llama 2, 2023), or how far two responses lie apart along a direction of the model (Legend, Feng et al., 2024). Margins
/// are scaled by their mean over the pairs that have one, so that their unit does not matter.
/// </summary>
/// <param name="scale">Of the rows' margins; 0 for the plain loss.</param>
public sealed class BradleyTerry(double scale) : PairObjective
{
    /// <summary>With the rows' margins, whose mean becomes 1.</summary>
    public static BradleyTerry WithMargins(IReadOnlyList<RewardExample> examples) =>
        new(1 / examples.Where(example => example.Margin > 0).Average(example => example.Margin));

    /// <inheritdoc/>
    protected override (double Loss, double Slope) OfMargin(RewardExample example, double margin, double[] own)
    {
        ArgumentNullException.ThrowIfNull(example);
        double beyond = margin - (scale * example.Margin);
        return (PairwiseLoss.Loss(beyond), -PairwiseLoss.Slope(beyond));
    }
}
