using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Adapters;

/// <summary>
/// An autoregressive reward model (GenARM, Xu et al., ICLR 2025) as a LoRA adapter on the frozen model itself. As in
/// <see cref="TokenRewardHeadTrainer"/> the log-probability is taken per token.
/// </summary>
public sealed unsafe class AutoregressiveRewardTrainer : IRewardTrainer
{
    private readonly IReadOnlyList<RewardExample> _examples;
    private readonly RewardSettings _settings;
    private readonly ITrainingBackend _backend;
    private readonly LoraAdapter _adapter;
    private readonly GradientLanes _lanes;
    private readonly AutoregressiveRewardRunner[] _runners;

    /// <summary>An adapter that changes nothing yet, to learn from pairs. While it lives, the model is the adapted one.</summary>
    public AutoregressiveRewardTrainer(TrainableTransformer model, IReadOnlyList<RewardExample> examples, RewardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        (_examples, _settings, _backend) = (examples, settings, model.Backend);
        _adapter = new LoraAdapter(model, settings.Rank, Alpha(settings.Rank), settings.Seed);
        Optimizer = new AdamWOptimizer(_adapter.Tensors, _backend);
        _lanes = new GradientLanes(_backend, model.Layout.Length, settings.BatchSize);
        _runners = [.. Enumerable.Range(0, _backend.Workers).Select(_ => new AutoregressiveRewardRunner(model, settings.MaxLength))];
    }

    /// <summary>A and B of every adapted projection, under PEFT's names.</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _adapter.Tensors;

    /// <inheritdoc/>
    public TrainingBuffer Parameters => _adapter.Values;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

    /// <summary>LoRA's alpha for a rank: twice the rank, as in GenARM's own code.</summary>
    public static float Alpha(int rank) => 2 * rank;

    /// <inheritdoc/>
    public void Train(Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        using TrainingBuffer gradients = _backend.Allocate(_adapter.Values.Length);
        new PairSchedule(_settings, _examples.Count).Run(Optimizer, Update, progress, checkpoint, cancellation);
        _adapter.Merge();

        (double Loss, double? Right) Update(int[] batch, double rate)
        {
            _adapter.Merge();
            double[] margins = new double[batch.Length];
            _lanes.Run(
                batch.Length,
                (worker, item, sum) => margins[item] = Train(_runners[worker], _examples[batch[item]], batch.Length, sum));
            TrainingBuffer modelGradients = _lanes.Sum();
            _adapter.Backward(modelGradients, gradients);
            modelGradients.Clear();
            Optimizer.Step(gradients, rate, _settings.WeightDecay, maxNorm: 1, _adapter.Values);
            return (margins.Sum(PairwiseLoss.Loss), margins.Count(margin => margin > 0));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(
        IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        double[] margins = new double[examples.Count];
        _backend.Run(new EvaluationJob(this, examples, margins, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return [.. examples.Zip(margins)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_runners, runner => runner.Dispose());
        _lanes.Dispose();
        Optimizer.Dispose();
        _adapter.Dispose();
    }

    private double Train(AutoregressiveRewardRunner runner, RewardExample example, int batch, TrainingBuffer gradients)
    {
        double margin = runner.Margin(example, _settings.Beta);
        runner.Backward(example, _settings.Beta * example.Weight * PairwiseLoss.Slope(margin) / batch, gradients);
        return margin;
    }

    private readonly struct EvaluationJob(
        AutoregressiveRewardTrainer trainer, IReadOnlyList<RewardExample> examples, double[] margins, CancellationToken cancellation)
        : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int i = worker; i < margins.Length && !cancellation.IsCancellationRequested; i += workers)
            {
                margins[i] = trainer._runners[worker].Margin(examples[i], trainer._settings.Beta);
            }
        }
    }
}
