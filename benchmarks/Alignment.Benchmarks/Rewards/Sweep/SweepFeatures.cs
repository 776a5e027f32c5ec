using Alignment.Training.Rewards.Features;

namespace Alignment.Benchmarks.Rewards.Sweep;

/// <summary>What a head of the sweep reads: some layers, the last token or the mean over the response.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Layers">Behind which layers, the one after the last being the final norm; their states lie behind each other.</param>
/// <param name="IsMean">Whether over the response.</param>
internal sealed record SweepFeatures(string Name, IReadOnlyList<int> Layers, bool IsMean)
{
    /// <summary>
    /// These columns of every row, each centred and scaled by what is learned from, so that layers of any scale train alike; the caller's.
    /// </summary>
    public FeatureTable Standardized(FeatureTable all, int hidden, IReadOnlyList<int> learned, int responses)
    {
        float[][] rows = [.. Enumerable.Range(0, responses).Select(i => Row(all.Row(all.FirstRow(i)), hidden))];
        int[] seen = [.. learned.SelectMany(pair => new[] { 2 * pair, (2 * pair) + 1 })];
        for (int column = 0; column < rows[0].Length; column++)
        {
            double mean = seen.Average(row => rows[row][column]);
            double deviation = Math.Sqrt(seen.Average(row => Math.Pow(rows[row][column] - mean, 2)) + 1e-12);
            foreach (float[] row in rows)
            {
                row[column] = (float)((row[column] - mean) / deviation);
            }
        }

        return new FeatureTable(rows);
    }

    private float[] Row(ReadOnlySpan<float> all, int hidden)
    {
        float[] row = new float[Layers.Count * hidden];
        for (int i = 0; i < Layers.Count; i++)
        {
            all.Slice(((Layers[i] * 2) + (IsMean ? 1 : 0)) * hidden, hidden).CopyTo(row.AsSpan(i * hidden));
        }

        return row;
    }
}
