using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// A token-reward head by GenARM's objective (Xu et al., ICLR 2025): the reward of a response is its log-probability under pi_r, and pairs
/// teach it by Bradley and Terry's loss. The log-probability is taken per token: the sum would pay for shortness alone before anything is
/// learned, and guidance only ever compares tokens at one place.
/// </summary>
public sealed unsafe class TokenRewardHeadTrainer : IRewardTrainer
{
    private readonly TrainableTransformer _model;
    private readonly RewardSettings _settings;
    private readonly ITrainingBackend _backend;
    private readonly TokenRewardHeadParameters _head;
    private readonly TokenRewardHeadLane[] _lanes;

    /// <summary>An untrained head over a frozen model.</summary>
    public TokenRewardHeadTrainer(TrainableTransformer model, RewardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        (_model, _settings, _backend) = (model, settings, model.Backend);
        _head = new TokenRewardHeadParameters(model.Config.HiddenSize, settings.Rank, model.Config.VocabularySize, settings.Seed, _backend);
        Optimizer = new AdamWOptimizer(_head.Tensors, _backend);
        _lanes = [.. Enumerable.Range(0, _backend.Workspaces).Select(_ => new TokenRewardHeadLane(_head, settings.MaxLength))];
    }

    /// <summary><c>down.weight</c> [rank, hidden], <c>up.weight</c> [vocabulary, rank] and <c>bias</c> [vocabulary].</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _head.Tensors;

    /// <inheritdoc/>
    public TrainingBuffer Parameters => _head.Values;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

    /// <inheritdoc/>
    public void Train(
        IReadOnlyList<RewardExample> examples, Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FrozenFeatures features = Features(examples, cancellation);
        _head.Refresh(); // the parameters may be a checkpoint's
        new PairSchedule(_settings, examples.Count).Run(Optimizer, Update, progress, checkpoint, cancellation);

        (double Loss, int Right) Update(int[] batch, double rate)
        {
            _backend.Run(new TrainingJob(this, examples, features, batch));
            foreach (TokenRewardHeadLane lane in _lanes.Skip(1))
            {
                _backend.Accumulate(lane.Gradients.Pointer, _head.Values.Length, _lanes[0].Gradients.Pointer);
                lane.Gradients.Clear();
            }

            Optimizer.Step(_lanes[0].Gradients, rate, _settings.WeightDecay, maxNorm: 1, _head.Values);
            _head.Refresh();
            (double loss, int right) = (_lanes.Sum(lane => lane.Loss), _lanes.Sum(lane => lane.Right));
            Array.ForEach(_lanes, lane => (lane.Loss, lane.Right) = (0, 0));
            return (loss, right);
        }
    }

    /// <summary>Beta times the difference of mean log-probabilities.</summary>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(
        IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FrozenFeatures features = Features(examples, cancellation);
        double[] margins = new double[examples.Count];
        _backend.Run(new EvaluationJob(this, examples, features, margins, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return [.. examples.Zip(margins)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_lanes, lane => lane.Dispose());
        Optimizer.Dispose();
        _head.Dispose();
    }

    private FrozenFeatures Features(IReadOnlyList<RewardExample> examples, CancellationToken cancellation) =>
        FrozenFeatures.Compute(_model, [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })], cancellation);

    private double Margin(TokenRewardHeadLane lane, RewardExample example, FrozenFeatures features, int index)
    {
        double chosen = lane.MeanLogProbability(features.BeforeTokens(2 * index, example.Chosen), example.Chosen.Response);
        return _settings.Beta * (
            chosen - lane.MeanLogProbability(features.BeforeTokens((2 * index) + 1, example.Rejected), example.Rejected.Response));
    }

    /// <summary>
    /// The chosen response runs twice: its logits made room for those of the rejected one, whose reward the slope depends on.
    /// </summary>
    private void Train(TokenRewardHeadLane lane, RewardExample example, FrozenFeatures features, int index, int batch)
    {
        double margin = Margin(lane, example, features, index);
        double slope = _settings.Beta * example.Weight * PairwiseLoss.Slope(margin) / batch;
        lane.Backward(example.Rejected.Count, slope);
        lane.MeanLogProbability(features.BeforeTokens(2 * index, example.Chosen), example.Chosen.Response);
        lane.Backward(example.Chosen.Count, -slope);
        lane.Loss += PairwiseLoss.Loss(margin);
        lane.Right += margin > 0 ? 1 : 0;
    }

    private readonly struct TrainingJob(
        TokenRewardHeadTrainer trainer, IReadOnlyList<RewardExample> examples, FrozenFeatures features, int[] batch) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < trainer._lanes.Length; lane += workers)
            {
                for (int i = lane; i < batch.Length; i += trainer._lanes.Length)
                {
                    trainer.Train(trainer._lanes[lane], examples[batch[i]], features, batch[i], batch.Length);
                }
            }
        }
    }

    private readonly struct EvaluationJob(
        TokenRewardHeadTrainer trainer,
        IReadOnlyList<RewardExample> examples,
        FrozenFeatures features,
        double[] margins,
        CancellationToken cancellation)
        : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < trainer._lanes.Length; lane += workers)
            {
                for (int i = lane; i < margins.Length && !cancellation.IsCancellationRequested; i += trainer._lanes.Length)
                {
                    margins[i] = trainer.Margin(trainer._lanes[lane], examples[i], features, i);
                }
            }
        }
    }
}
