using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using Alignment.Compute.Training;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// A token-reward head by GenARM's objective (Xu et al., ICLR 2025): the reward of a response is its log-probability under pi_r, and pairs teach it by
/// Bradley and Terry's loss. The log-probability is taken per token: the sum would pay for shortness alone before anything is learned, and
/// guidance only ever compares tokens at one place.
/// </summary>
public sealed unsafe class TokenRewardHeadTrainer : IDisposable
{
    private const int Lanes = 2;

    private readonly TrainableTransformer _model;
    private readonly RewardSettings _settings;
    private readonly ThreadTeam _team;
    private readonly TokenRewardHeadParameters _head;
    private readonly TokenRewardHeadLane[] _lanes;

    /// <summary>An untrained head over a frozen model.</summary>
    public TokenRewardHeadTrainer(TrainableTransformer model, RewardSettings settings, ThreadTeam team)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        (_model, _settings, _team) = (model, settings, team);
        _head = new TokenRewardHeadParameters(model.Config.HiddenSize, settings.Rank, model.Config.VocabularySize, settings.Seed);
        _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new TokenRewardHeadLane(_head, settings.MaxLength))];
    }

    /// <summary><c>down.weight</c> [rank, hidden], <c>up.weight</c> [vocabulary, rank] and <c>bias</c> [vocabulary].</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _head.Tensors;

    /// <summary>The numbers of <see cref="Tensors"/>.</summary>
    public NativeBuffer<float> Parameters => _head.Values;

    /// <summary>Trains on the pairs.</summary>
    public void Train(IReadOnlyList<RewardExample> examples, Action<RewardProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FrozenFeatures features = Features(examples);
        using AdamWOptimizer optimizer = new(_head.Tensors);
        new PairSchedule(_settings, examples.Count).Run(Update, progress, cancellation);

        (double Loss, int Right) Update(int[] batch, double rate)
        {
            _team.Run(new TrainingJob(this, examples, features, batch));
            AdamW.Accumulate(_lanes[1].Gradients.Pointer, _head.Values.Length, _lanes[0].Gradients.Pointer);
            _lanes[1].Gradients.Span.Clear();
            optimizer.Step(_lanes[0].Gradients, rate, _settings.WeightDecay, maxNorm: 1, _team, _head.Values);
            _head.Repack();
            (double loss, int right) = (_lanes.Sum(lane => lane.Loss), _lanes.Sum(lane => lane.Right));
            Array.ForEach(_lanes, lane => (lane.Loss, lane.Right) = (0, 0));
            return (loss, right);
        }
    }

    /// <summary>The margin of every pair: beta times the difference of mean log-probabilities.</summary>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(IReadOnlyList<RewardExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FrozenFeatures features = Features(examples);
        double[] margins = new double[examples.Count];
        _team.Run(new EvaluationJob(this, examples, features, margins));
        return [.. examples.Zip(margins)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_lanes, lane => lane.Dispose());
        _head.Dispose();
    }

    private FrozenFeatures Features(IReadOnlyList<RewardExample> examples) =>
        FrozenFeatures.Compute(_model, [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })], _team);

    private double Margin(TokenRewardHeadLane lane, RewardExample example, FrozenFeatures features, int index)
    {
        double chosen = lane.MeanLogProbability(features.BeforeTokens(2 * index), example.Chosen.Response);
        return _settings.Beta * (chosen - lane.MeanLogProbability(features.BeforeTokens((2 * index) + 1), example.Rejected.Response));
    }

    /// <summary>The chosen response runs twice: its logits made room for those of the rejected one, whose reward the slope depends on.</summary>
    private void Train(TokenRewardHeadLane lane, RewardExample example, FrozenFeatures features, int index, int batch)
    {
        double margin = Margin(lane, example, features, index);
        double slope = _settings.Beta * example.Weight * PairwiseLoss.Slope(margin) / batch;
        lane.Backward(features.BeforeTokens((2 * index) + 1), example.Rejected.Count, slope);
        lane.MeanLogProbability(features.BeforeTokens(2 * index), example.Chosen.Response);
        lane.Backward(features.BeforeTokens(2 * index), example.Chosen.Count, -slope);
        lane.Loss += PairwiseLoss.Loss(margin);
        lane.Right += margin > 0 ? 1 : 0;
    }

    private readonly struct TrainingJob(TokenRewardHeadTrainer trainer, IReadOnlyList<RewardExample> examples, FrozenFeatures features, int[] batch) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < Lanes; lane += workers)
            {
                for (int i = lane; i < batch.Length; i += Lanes)
                {
                    trainer.Train(trainer._lanes[lane], examples[batch[i]], features, batch[i], batch.Length);
                }
            }
        }
    }

    private readonly struct EvaluationJob(TokenRewardHeadTrainer trainer, IReadOnlyList<RewardExample> examples, FrozenFeatures features, double[] margins) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < Lanes; lane += workers)
            {
                for (int i = lane; i < margins.Length; i += Lanes)
                {
                    margins[i] = trainer.Margin(trainer._lanes[lane], examples[i], features, i);
                }
            }
        }
    }
}
