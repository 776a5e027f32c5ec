using Alignment.Training.Checkpoints;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Trainers;

/// <summary>
/// What trains one reward over a frozen model. The outcome is a function of settings, pairs and model, not of threads or interruptions.
/// </summary>
public interface IRewardTrainer : IResumableRun, IDisposable
{
    /// <summary>Names and shapes of the reward's numbers.</summary>
    IReadOnlyList<ParameterTensor> Tensors { get; }

    /// <summary>Trains from the optimizer's step to the last one.</summary>
    /// <param name="progress">Called after every update.</param>
    /// <param name="checkpoint">
    /// Called every <see cref="RewardSettings.CheckpointEvery"/> updates, after the last one, and before a stop.
    /// </param>
    /// <param name="cancellation">Stops between two updates.</param>
    /// <exception cref="OperationCanceledException">It was stopped before the last update.</exception>
    /// <exception cref="Optimizers.DivergenceException">A loss or gradient is not finite.</exception>
    void Train(Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation);

    /// <summary>The margin of every pair: reward of the chosen response less that of the rejected one.</summary>
    IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(IReadOnlyList<RewardExample> examples, CancellationToken cancellation);
}
