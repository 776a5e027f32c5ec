namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Bradley and Terry's loss of one pair: -log sigmoid(margin), margin = reward of the chosen response - reward of the rejected one.
/// </summary>
public static class PairwiseLoss
{
    /// <summary>-log sigmoid(margin), without overflow.</summary>
    public static double Loss(double margin) => Math.Max(-margin, 0) + double.LogP1(Math.Exp(-Math.Abs(margin)));

    /// <summary>-d loss / d margin = sigmoid(-margin): how much the pair still has to teach.</summary>
    public static double Slope(double margin) => margin >= 0 ? Math.Exp(-margin) / (1 + Math.Exp(-margin)) : 1 / (1 + Math.Exp(margin));
}
