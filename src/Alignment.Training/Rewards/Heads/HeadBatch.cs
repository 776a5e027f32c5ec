using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Objectives;

namespace Alignment.Training.Rewards.Heads;

/// <summary>One update's lessons laid out as the objective sees them, and the way back from scores to the head.</summary>
internal sealed class HeadBatch<TExample>
{
    private readonly LinearHead _head;
    private readonly FeatureTable _features;
    private readonly long[][] _rows; // of each example, those of its responses
    private readonly string[] _sources; // of each example

    public HeadBatch(HeadLesson<TExample>[] lessons, LinearHead head, FeatureTable features)
    {
        (_head, _features) = (head, features);
        (HeadLesson<TExample> Lesson, long[] Rows)[] parts = [.. lessons.SelectMany(lesson => lesson.Rows.Select(rows => (lesson, rows)))];
        _rows = [.. parts.Select(part => part.Rows)];
        _sources = [.. parts.Select(part => part.Lesson.Source)];
        double[] weights = [.. parts.Select(part => part.Lesson.Weight / part.Lesson.Rows.Length / lessons.Length)];
        Scored = new ScoredBatch<TExample>([.. parts.Select(part => part.Lesson.Example)], weights, Scores(), head.ReadOwn());
    }

    public ScoredBatch<TExample> Scored { get; }

    /// <summary>By weight and bias, summed over the batch.</summary>
    public double[] Gradients() => Gradients(Enumerable.Range(0, _rows.Length));

    /// <summary>By weight and bias: the mean gradients of the sources, weighed so that none is learned at the cost of another.</summary>
    public double[] BalancedGradients()
    {
        IGrouping<string, int>[] sources =
        [
            .. Enumerable.Range(0, _rows.Length).GroupBy(i => _sources[i]).OrderBy(source => source.Key, StringComparer.Ordinal),
        ];
        double[][] gradients = [.. sources.Select(Gradients)];
        double[] weights = MinimumNorm.Weights(gradients);
        double[] sum = new double[gradients[0].Length];
        for (int source = 0; source < sources.Length; source++)
        {
            double share = sources[source].Sum(i => Scored.Weights[i]);
            for (int i = 0; i < sum.Length && share > 0; i++)
            {
                sum[i] += weights[source] / share * gradients[source][i];
            }
        }

        return sum;
    }

    private double[] Scores()
    {
        long[] rows = [.. _rows.SelectMany(own => own)];
        double[] scores = new double[rows.Length * _head.Outputs];
        for (int i = 0; i < rows.Length; i++)
        {
            _head.Score(_features.Row(rows[i]), scores.AsSpan(i * _head.Outputs, _head.Outputs));
        }

        return scores;
    }

    private double[] Gradients(IEnumerable<int> examples)
    {
        double[] gradients = new double[_head.Outputs * (_head.Width + 1)];
        foreach (int example in examples)
        {
            long[] rows = _rows[example];
            for (int i = 0; i < rows.Length; i++)
            {
                int place = ((example * rows.Length) + i) * _head.Outputs;
                _head.Backward(_features.Row(rows[i]), Scored.Gradients.AsSpan(place, _head.Outputs), gradients);
            }
        }

        return gradients;
    }
}
