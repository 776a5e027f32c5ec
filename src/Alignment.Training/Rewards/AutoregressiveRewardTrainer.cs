using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// An autoregressive reward model (GenARM, Xu et al., ICLR 2025) as a LoRA adapter on the frozen model itself. As in
/// <see cref="TokenRewardHeadTrainer"/> the log-probability is taken per token.
/// </summary>
public sealed unsafe class AutoregressiveRewardTrainer : IRewardTrainer
{
    private readonly RewardSettings _settings;
    private readonly ITrainingBackend _backend;
    private readonly LoraAdapter _adapter;
    private readonly AutoregressiveRewardLane[] _lanes;

    /// <summary>An adapter that changes nothing yet. While it lives, the model is the adapted one.</summary>
    public AutoregressiveRewardTrainer(TrainableTransformer model, RewardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        (_settings, _backend) = (settings, model.Backend);
        _adapter = new LoraAdapter(model, settings.Rank, Alpha(settings.Rank), settings.Seed);
        Optimizer = new AdamWOptimizer(_adapter.Tensors, _backend);
        _lanes = [.. Enumerable.Range(0, _backend.Workspaces).Select(_ => new AutoregressiveRewardLane(model, settings.MaxLength))];
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
    public void Train(
        IReadOnlyList<RewardExample> examples, Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using TrainingBuffer gradients = _backend.Allocate(_adapter.Values.Length);
        new PairSchedule(_settings, examples.Count).Run(Optimizer, Update, progress, checkpoint, cancellation);
        _adapter.Merge();

        (double Loss, int Right) Update(int[] batch, double rate)
        {
            _adapter.Merge();
            _backend.Run(new TrainingJob(this, examples, batch));
            foreach (AutoregressiveRewardLane lane in _lanes)
            {
                _adapter.Backward(lane.Worker.Gradients, gradients);
                lane.Worker.ClearGradients();
            }

            Optimizer.Step(gradients, rate, _settings.WeightDecay, maxNorm: 1, _adapter.Values);
            (double loss, int right) = (_lanes.Sum(lane => lane.Loss), _lanes.Sum(lane => lane.Right));
            Array.ForEach(_lanes, lane => (lane.Loss, lane.Right) = (0, 0));
            return (loss, right);
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
        Array.ForEach(_lanes, lane => lane.Dispose());
        Optimizer.Dispose();
        _adapter.Dispose();
    }

    private void Train(AutoregressiveRewardLane lane, RewardExample example, int batch)
    {
        double margin = lane.Margin(example, _settings.Beta);
        lane.Backward(example, _settings.Beta * example.Weight * PairwiseLoss.Slope(margin) / batch);
        lane.Loss += PairwiseLoss.Loss(margin);
        lane.Right += margin > 0 ? 1 : 0;
    }

    private readonly struct TrainingJob(
        AutoregressiveRewardTrainer trainer, IReadOnlyList<RewardExample> examples, int[] batch) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < trainer._lanes.Length; lane += workers)
            {
                for (int i = lane; i < batch.Length; i += trainer._lanes.Length)
                {
                    trainer.Train(trainer._lanes[lane], examples[batch[i]], batch.Length);
                }
            }
        }
    }

    private readonly struct EvaluationJob(
        AutoregressiveRewardTrainer trainer, IReadOnlyList<RewardExample> examples, double[] margins, CancellationToken cancellation)
        : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < trainer._lanes.Length; lane += workers)
            {
                for (int i = lane; i < margins.Length && !cancellation.IsCancellationRequested; i += trainer._lanes.Length)
                {
                    margins[i] = trainer._lanes[lane].Margin(examples[i], trainer._settings.Beta);
                }
            }
        }
    }
}
