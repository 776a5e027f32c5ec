namespace Alignment.Training.Evaluation;

/// <summary>Spearman's rank correlation.</summary>
public static class RankCorrelation
{
    private const int Fewest = 3;

    /// <summary>
    /// Pearson's correlation of the ranks, equal values sharing the mean of theirs; null for fewer than three values, or where one side has
    /// no two different ones.
    /// </summary>
    public static double? Of(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, first.Length, nameof(second));
        if (first.Length < Fewest)
        {
            return null;
        }

        (double[] a, double[] b) = (Centred(Ranks(first)), Centred(Ranks(second)));
        double scale = Math.Sqrt(Product(a, a) * Product(b, b));
        return scale > 0 ? Math.Clamp(Product(a, b) / scale, -1, 1) : null;
    }

    private static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        double[] ranks = new double[sorted.Length];
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            for (end = first + 1; end < sorted.Length && sorted[end] == sorted[first]; end++)
            {
            }

            foreach (int index in order.AsSpan(first, end - first))
            {
                ranks[index] = (first + end - 1) / 2.0;
            }
        }

        return ranks;
    }

    private static double[] Centred(double[] ranks) => Array.ConvertAll(ranks, rank => rank - ((ranks.Length - 1) / 2.0));

    private static double Product(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
