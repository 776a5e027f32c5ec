using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Prior-constrained reward modelling (PCRM, Zhou et al., 2024): -log sigmoid(d) - log sigmoid(D - d), where D = b1 / (s + b2) + b3 bounds
/// the margin and s in [0, 1] is how alike the two responses are: like responses may lie less far apart. Its minimum for a pair is at
/// d = D / 2. Likeness is the shorter length over the longer one, the paper's length ratio.
/// </summary>
public sealed class PriorConstraint : PairObjective
{
    private const double Numerator = 20;
    private const double Offset = 0.001;
    private const double Shift = -15;

    /// <summary>D of a pair: 4.98 for responses of one length, the more the further their lengths are apart.</summary>
    public static double Bound(RewardExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        double likeness = Math.Exp(-Math.Abs(example.Texts.LogLengthRatio));
        return (Numerator / (likeness + Offset)) + Shift;
    }

    /// <inheritdoc/>
    protected override (double Loss, double Slope) OfMargin(RewardExample example, double margin, double[] own)
    {
        double below = Bound(example) - margin;
        return (PairwiseLoss.Loss(margin) + PairwiseLoss.Loss(below), PairwiseLoss.Slope(below) - PairwiseLoss.Slope(margin));
    }
}
