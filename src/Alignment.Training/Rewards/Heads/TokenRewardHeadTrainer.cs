using Alignment.Compute.Contract.Training;
using Alignment.Compute.Threading;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>
/// A token-reward head by GenARM's objective (Xu et al., ICLR 2025): the reward of a response is its log-probability under pi_r, and pairs
/// teach it by Bradley and Terry's loss. The log-probability is taken per token: the sum would pay for shortness alone before anything is
/// learned, and guidance only ever compares tokens at one place.
/// </summary>
public sealed unsafe class TokenRewardHeadTrainer : IRewardTrainer
{
    private readonly FeatureCache _features;
    private readonly IReadOnlyList<RewardExample> _examples;
    private readonly RewardSettings _settings;
    private readonly ITrainingBackend _backend;
    private readonly TokenRewardHeadParameters _head;
    private readonly TokenRewardHeadAccumulator[] _accumulators;

    /// <summary>An untrained head over the cache's model, to learn from pairs.</summary>
    public TokenRewardHeadTrainer(FeatureCache features, IReadOnlyList<RewardExample> examples, RewardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(settings);
        (_features, _examples, _settings, _backend) = (features, examples, settings, features.Model.Backend);
        TrainableTransformer model = features.Model;
        _head = new TokenRewardHeadParameters(model.Config.HiddenSize, settings.Rank, model.Config.VocabularySize, settings.Seed, _backend);
        Optimizer = new AdamWOptimizer(_head.Tensors, _backend);
        _accumulators =
        [
            .. Enumerable.Range(0, Math.Min(_backend.Lanes, settings.BatchSize))
                .Select(_ => new TokenRewardHeadAccumulator(_head, settings.MaxLength)),
        ];
    }

    /// <summary><c>down.weight</c> [rank, hidden], <c>up.weight</c> [vocabulary, rank] and <c>bias</c> [vocabulary].</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _head.Tensors;

    /// <inheritdoc/>
    public TrainingBuffer Parameters => _head.Values;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

    /// <inheritdoc/>
    public void Train(Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        using FeatureTable features = Features(_examples, cancellation);
        _head.Refresh(); // the parameters may be a checkpoint's
        new PairSchedule(_settings, _examples.Count).Run(Optimizer, Update, progress, checkpoint, cancellation);

        (double Loss, double? Right) Update(int[] batch, double rate)
        {
            _backend.Run(new TrainingJob(this, _examples, features, batch));
            foreach (TokenRewardHeadAccumulator accumulator in _accumulators.Skip(1))
            {
                _backend.Accumulate(accumulator.Gradients.Pointer, _head.Values.Length, _accumulators[0].Gradients.Pointer);
                accumulator.Gradients.Clear();
            }

            Optimizer.Step(_accumulators[0].Gradients, rate, _settings.WeightDecay, maxNorm: 1, _head.Values);
            _head.Refresh();
            (double loss, int right) = (_accumulators.Sum(own => own.Loss), _accumulators.Sum(own => own.Right));
            Array.ForEach(_accumulators, own => (own.Loss, own.Right) = (0, 0));
            return (loss, right);
        }
    }

    /// <summary>Beta times the difference of mean log-probabilities.</summary>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(
        IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FeatureTable features = Features(examples, cancellation);
        double[] margins = new double[examples.Count];
        _backend.Run(new EvaluationJob(this, examples, features, margins, cancellation));
        cancellation.ThrowIfCancellationRequested();
        return [.. examples.Zip(margins)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_accumulators, accumulator => accumulator.Dispose());
        Optimizer.Dispose();
        _head.Dispose();
    }

    private FeatureTable Features(IReadOnlyList<RewardExample> examples, CancellationToken cancellation) =>
        _features.Read(
            [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })], new TokenReading(), cancellation);

    /// <summary>States [response tokens, hidden] from which each token of a response is predicted.</summary>
    private static ReadOnlySpan<float> States(FeatureTable features, int index, ResponseTokens response) =>
        features.Rows(features.FirstRow(index), response.Count);

    private double Margin(TokenRewardHeadAccumulator accumulator, RewardExample example, FeatureTable features, int index)
    {
        double chosen = accumulator.MeanLogProbability(States(features, 2 * index, example.Chosen), example.Chosen.Response);
        return _settings.Beta * (
            chosen - accumulator.MeanLogProbability(States(features, (2 * index) + 1, example.Rejected), example.Rejected.Response));
    }

    /// <summary>
    /// The chosen response runs twice: its logits made room for those of the rejected one, whose reward the slope depends on.
    /// </summary>
    private void Train(TokenRewardHeadAccumulator accumulator, RewardExample example, FeatureTable features, int index, int batch)
    {
        double margin = Margin(accumulator, example, features, index);
        double slope = _settings.Beta * example.Weight * PairwiseLoss.Slope(margin) / batch;
        accumulator.Backward(example.Rejected.Count, slope);
        accumulator.MeanLogProbability(States(features, 2 * index, example.Chosen), example.Chosen.Response);
        accumulator.Backward(example.Chosen.Count, -slope);
        accumulator.Loss += PairwiseLoss.Loss(margin);
        accumulator.Right += margin > 0 ? 1 : 0;
    }

    private readonly struct TrainingJob(
        TokenRewardHeadTrainer trainer, IReadOnlyList<RewardExample> examples, FeatureTable features, int[] batch) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int accumulator = worker; accumulator < trainer._accumulators.Length; accumulator += workers)
            {
                for (int i = accumulator; i < batch.Length; i += trainer._accumulators.Length)
                {
                    trainer.Train(trainer._accumulators[accumulator], examples[batch[i]], features, batch[i], batch.Length);
                }
            }
        }
    }

    private readonly struct EvaluationJob(
        TokenRewardHeadTrainer trainer,
        IReadOnlyList<RewardExample> examples,
        FeatureTable features,
        double[] margins,
        CancellationToken cancellation)
        : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int accumulator = worker; accumulator < trainer._accumulators.Length; accumulator += workers)
            {
                for (int i = accumulator; i < margins.Length && !cancellation.IsCancellationRequested; i += trainer._accumulators.Length)
                {
                    margins[i] = trainer.Margin(trainer._accumulators[accumulator], examples[i], features, i);
                }
            }
        }
    }
}
