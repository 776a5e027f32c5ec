namespace Alignment.Training.Evaluation;

/// <summary>
/// Expected calibration error (Naeini et al., 2015) of sigmoid(margin), the probability that Bradley and Terry's model gives the chosen
/// response.
/// </summary>
internal static class CalibrationError
{
    /// <summary>Of ten equal bins of [0, 1], those from one half on.</summary>
    private const int Bins = 5;

    /// <summary>
    /// sum over bins of |predicted - right| / pairs. Each pair counts in both orders, else every label were 1; the order in which the
    /// margin is negative mirrors the other, so that it is enough to bin sigmoid(|margin|) from one half to 1. Null without a pair.
    /// </summary>
    public static double? Of(IReadOnlyList<ScoredPair> pairs)
    {
        double[] gaps = new double[Bins];
        foreach (ScoredPair pair in pairs)
        {
            double confidence = 1 / (1 + Math.Exp(-Math.Abs(pair.Margin)));
            int bin = Math.Min(Bins - 1, (int)((confidence - 0.5) * 2 * Bins));
            gaps[bin] += confidence - pair.Right;
        }

        return pairs.Count == 0 ? null : gaps.Sum(Math.Abs) / pairs.Count;
    }
}
