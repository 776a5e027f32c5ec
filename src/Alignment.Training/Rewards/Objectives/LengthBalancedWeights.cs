using Alignment.Training.Evaluation;
using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Weights under which length tells nothing: pairs are binned by how many times longer the longer response is, and in each bin those whose
/// chosen response is longer weigh together as much as those whose chosen response is shorter. With weights L and S of the two kinds, the
/// first weigh 2 S / (L + S) times and the second 2 L / (L + S) times what they did (the overlap weights of Li, Morgan and Zaslavsky,
/// 2018): a bin with one kind only teaches nothing but length, and counts nothing. The bins are those of the balanced accuracy.
/// </summary>
public static class LengthBalancedWeights
{
    /// <summary>A factor for every pair; 1 for two responses of one length.</summary>
    public static double[] Of(IReadOnlyList<RewardExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        Dictionary<(int Bin, int Sign), double> sums = [];
        foreach (RewardExample example in examples)
        {
            sums[Place(example)] = sums.GetValueOrDefault(Place(example)) + example.Weight;
        }

        return [.. examples.Select(Factor)];

        double Factor(RewardExample example)
        {
            (int bin, int sign) = Place(example);
            (double own, double other) = (sums[(bin, sign)], sums.GetValueOrDefault((bin, -sign)));
            return sign == 0 ? 1 : 2 * other / (own + other);
        }
    }

    private static (int Bin, int Sign) Place(RewardExample example)
    {
        (int chosen, int rejected) = (example.Texts.ChosenLength, example.Texts.RejectedLength);
        return (LengthBalance.Bin(chosen, rejected), Math.Sign(chosen - rejected));
    }
}
