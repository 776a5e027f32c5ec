using Alignment.Training.Data;

namespace Alignment.Training.Evaluation;

/// <summary>
/// 95 % intervals by the percentile bootstrap over clusters (Field and Welsh, 2007): prompts are drawn with replacement, each with all of
/// its pairs, so that pairs which share a prompt do not count as independent. The same pairs give the same interval, always.
/// </summary>
internal sealed class ClusterBootstrap
{
    /// <summary>Of fewer clusters the percentiles say nothing.</summary>
    public const int FewestClusters = 10;

    /// <summary>How often clusters are drawn anew: an interval costs so many times the statistic.</summary>
    public const int Resamples = 1000;

    private const double Tail = 0.025;
    private const double Normal95 = 1.959964;
    private const ulong Seed = 20;

    private readonly int[] _clusterOf;
    private readonly int _clusters;

    /// <param name="clusters">Of each pair, its cluster's name.</param>
    public ClusterBootstrap(IEnumerable<string> clusters)
    {
        Dictionary<string, int> numbers = [];
        _clusterOf = [.. clusters.Select(name => numbers.TryGetValue(name, out int known) ? known : numbers[name] = numbers.Count)];
        _clusters = numbers.Count;
    }

    /// <summary>The mean of numbers in [0, 1] with its interval; null where there are none.</summary>
    /// <param name="clusters">Of each number, its cluster's name.</param>
    /// <param name="numbers">As many.</param>
    public static Estimate? Share(string[] clusters, double[] numbers) => new ClusterBootstrap(clusters).Of(times =>
    {
        (double sum, long count) = (0, 0);
        for (int i = 0; i < numbers.Length; i++)
        {
            sum += times[i] * numbers[i];
            count += times[i];
        }

        return count > 0 ? sum / count : null;
    });

    /// <summary>A share of all pairs with its interval.</summary>
    /// <param name="share">
    /// The share in [0, 1] where each pair is there so many times; null where it is not defined. Draws without it are passed over; where
    /// they are more than half there is no interval.
    /// </param>
    /// <returns>Null where the share is not defined.</returns>
    public Estimate? Of(Func<int[], double?> share)
    {
        int[] times = new int[_clusterOf.Length];
        Array.Fill(times, 1);
        if (share(times) is not { } value)
        {
            return null;
        }

        if (_clusters < FewestClusters)
        {
            return new Estimate(value, null, null);
        }

        double[] draws = [.. Enumerable.Range(0, Resamples).Select(draw => Draw(draw, times, share)).OfType<double>().Order()];
        return draws.Length <= Resamples / 2 ? new Estimate(value, null, null)
            : draws[0] == draws[^1] && value is 0 or 1 ? Unanimous(value)
            : new Estimate(value, Quantile(draws, Tail), Quantile(draws, 1 - Tail));
    }

    /// <param name="draw">Number of the draw.</param>
    /// <param name="times">Receives how often each pair is drawn.</param>
    /// <param name="share">What is computed of it.</param>
    private double? Draw(int draw, int[] times, Func<int[], double?> share)
    {
        int[] drawn = new int[_clusters];
        for (int i = 0; i < _clusters; i++)
        {
            drawn[SeededOrder.Index(Seed, ((ulong)draw << 32) + (ulong)i, _clusters)]++;
        }

        for (int i = 0; i < times.Length; i++)
        {
            times[i] = drawn[_clusterOf[i]];
        }

        return share(times);
    }

    /// <summary>Where all draws agree they have no width, and Wilson's score interval (1927) over the prompts has.</summary>
    private Estimate Unanimous(double value)
    {
        const double Square = Normal95 * Normal95;
        double width = Square / (_clusters + Square);
        return value == 0 ? new Estimate(0, 0, width) : new Estimate(1, 1 - width, 1);
    }

    /// <summary>Between the two nearest, linearly.</summary>
    private static double Quantile(double[] sorted, double probability)
    {
        double place = probability * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
