namespace Alignment.Training.Evaluation;

/// <summary>
/// How often a reward is right where length tells nothing: pairs are binned by how many times longer the longer response is, and in each
/// bin those whose chosen response is longer weigh as much as those whose chosen response is shorter.
/// </summary>
internal sealed class LengthBalance
{
    /// <summary>Lengths that differ by no more than this count as matched.</summary>
    public const double Matched = 1.1;

    /// <summary>Longer length / shorter length, where a bin ends; the last bin is all above.</summary>
    private static readonly double[] s_ends = [Matched, 1.25, 1.5, 2, 3];

    private readonly (int Bin, double Longer, double Right)[] _pairs;

    public LengthBalance(IEnumerable<ScoredPair> pairs) => _pairs =
    [
        .. pairs.Select(pair => (Bin(pair.ChosenLength, pair.RejectedLength), pair.Longer, pair.Right)),
    ];

    /// <summary>Which bin two lengths belong to, from 0 (matched) on.</summary>
    public static int Bin(int chosen, int rejected)
    {
        (int shorter, int longer) = (Math.Min(chosen, rejected), Math.Max(chosen, rejected));
        int bin = Array.FindIndex(s_ends, end => longer <= end * shorter);
        return bin < 0 ? s_ends.Length : bin;
    }

    /// <summary>
    /// The balanced accuracy. With L pairs of a longer and S of a shorter chosen response in a bin, each of the first weighs S / (L + S)
    /// and each of the second L / (L + S): the overlap weights of Li, Morgan and Zaslavsky (2018), so that a bin counts by how far its
    /// pairs can be compared at all, and one that has a single kind not at all. Pairs of equal length are half of each kind.
    /// </summary>
    /// <param name="times">How often each pair is there.</param>
    /// <returns>Null where no bin has both kinds.</returns>
    public double? Accuracy(int[] times)
    {
        Span<(double Count, double Right)> longer = stackalloc (double, double)[s_ends.Length + 1];
        Span<(double Count, double Right)> shorter = stackalloc (double, double)[s_ends.Length + 1];
        for (int i = 0; i < _pairs.Length; i++)
        {
            (int bin, double isLonger, double right) = _pairs[i];
            Add(ref longer[bin], times[i] * isLonger, right);
            Add(ref shorter[bin], times[i] * (1 - isLonger), right);
        }

        (double weight, double sum) = (0, 0);
        for (int bin = 0; bin < longer.Length; bin++)
        {
            (double l, double s) = (longer[bin].Count, shorter[bin].Count);
            if (l > 0 && s > 0)
            {
                weight += 2 * l * s / (l + s);
                sum += ((s * longer[bin].Right) + (l * shorter[bin].Right)) / (l + s);
            }
        }

        return weight > 0 ? sum / weight : null;

        static void Add(ref (double Count, double Right) kind, double count, double right)
        {
            kind.Count += count;
            kind.Right += count * right;
        }
    }
}
