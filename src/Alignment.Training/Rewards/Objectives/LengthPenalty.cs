using Alignment.Training.Rewards.Examples;

namespace Alignment.Training.Rewards.Objectives;

/// <summary>
/// Another objective and strength * r^2, where r = sum d l / (|d| |l|) is the correlation, over the batch, of margins d with log length
/// ratios l = log(chosen / rejected): a reward may then follow length only where it must. Both change their sign when a pair is turned
/// round, so that r does not depend on which response is called chosen. The penalty of ODIN (Chen et al., ICML 2024) without its second
/// head. A correlation over few pairs is noise: it wants large batches.
/// </summary>
public sealed class LengthPenalty(IObjective<RewardExample> objective, double strength) : IObjective<RewardExample>
{
    /// <inheritdoc/>
    public IReadOnlyList<double> OwnStart => objective.OwnStart;

    /// <inheritdoc/>
    public double Evaluate(ScoredBatch<RewardExample> batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        double loss = objective.Evaluate(batch);
        double[] margins = [.. batch.Examples.Select((_, i) => batch.Scores[2 * i] - batch.Scores[(2 * i) + 1])];
        double[] ratios = [.. batch.Examples.Select(example => example.Texts.LogLengthRatio)];
        (double margin, double ratio) = (Norm(margins), Norm(ratios));
        if (margin == 0 || ratio == 0)
        {
            return loss; // nothing to correlate
        }

        double correlation = margins.Zip(ratios, (d, l) => d * l).Sum() / (margin * ratio);
        for (int i = 0; i < margins.Length; i++)
        {
            double slope = 2 * strength * correlation * ((ratios[i] / ratio) - (correlation * margins[i] / margin)) / margin;
            batch.Gradients[2 * i] += slope;
            batch.Gradients[(2 * i) + 1] -= slope;
        }

        return loss + (strength * correlation * correlation);
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
