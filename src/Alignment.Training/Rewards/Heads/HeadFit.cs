using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>Fits a linear head to an objective over rows of features: in training over a model's, elsewhere over any.</summary>
/// <param name="objective">What it is to become.</param>
/// <param name="settings">How it is trained.</param>
/// <param name="balancesSources">
/// Whether the gradients of the sources are weighed by <see cref="MinimumNorm"/>, instead of summed.
/// </param>
public sealed class HeadFit<TExample>(IObjective<TExample> objective, RewardSettings settings, bool balancesSources = false)
{
    /// <summary>An untrained head for such rows; the caller's to dispose.</summary>
    public LinearHead Create(int width) => new(width, objective.Start, objective.OwnStart);

    /// <summary>Trains from the optimizer's step to the last one; see <see cref="IRewardTrainer.Train"/>.</summary>
    public void Train(
        LinearHead head,
        IReadOnlyList<HeadLesson<TExample>> lessons,
        FeatureTable features,
        Action<RewardProgress> progress,
        Action checkpoint,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(lessons);
        ArgumentNullException.ThrowIfNull(features);
        new PairSchedule(settings, lessons.Count).Run(head.Optimizer, Update, progress, checkpoint, cancellation);

        (double Loss, double? Right) Update(int[] indices, double rate)
        {
            HeadBatch<TExample> batch = new([.. indices.Select(index => lessons[index])], head, features);
            double loss = objective.Evaluate(batch.Scored);
            head.WriteOwn(batch.Scored.Own, batch.Scored.OwnGradients);
            head.Step(balancesSources ? batch.BalancedGradients() : batch.Gradients(), rate, settings.WeightDecay);
            return (loss * indices.Length, batch.Scored.Right * indices.Length / (double)batch.Scored.Examples.Count);
        }
    }
}
