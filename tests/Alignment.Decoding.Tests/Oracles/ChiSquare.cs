namespace Alignment.Decoding.Tests.Oracles;

/// <summary>Pearson's test of counts against exact probabilities.</summary>
internal static class ChiSquare
{
    private const double LeastExpected = 5;

    /// <summary>
    /// Fails beyond four standard deviations of the statistic, about one in ten thousand; seeds are fixed, so it fails always or never.
    /// </summary>
    public static void Check(IReadOnlyDictionary<string, double> probabilities, IReadOnlyCollection<string> draws)
    {
        Assert.Equal(1, probabilities.Values.Sum(), 1e-6);
        Dictionary<string, int> counts = draws.GroupBy(draw => draw).ToDictionary(group => group.Key, group => group.Count());
        Assert.All(counts.Keys, key => Assert.True(probabilities.ContainsKey(key), $"'{key}' has probability 0"));
        double statistic = 0;
        int bins = 0;
        (double Expected, double Observed) rare = (0, 0);
        foreach ((string key, double probability) in probabilities)
        {
            (double expected, double observed) = (probability * draws.Count, counts.GetValueOrDefault(key));
            if (expected < LeastExpected)
            {
                rare = (rare.Expected + expected, rare.Observed + observed);
                continue;
            }

            statistic += Term(expected, observed);
            bins++;
        }

        if (rare.Expected >= LeastExpected)
        {
            statistic += Term(rare.Expected, rare.Observed);
            bins++;
        }

        double freedom = bins - 1;
        Assert.True(statistic < freedom + (4 * Math.Sqrt(2 * freedom)), $"chi-square {statistic:F1} of {freedom} degrees of freedom");
    }

    private static double Term(double expected, double observed) => (observed - expected) * (observed - expected) / expected;
}
