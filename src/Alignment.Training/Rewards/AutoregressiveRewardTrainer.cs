using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using Alignment.Compute.Training;
using Alignment.Training.Optimizers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// An autoregressive reward model (GenARM, Xu et al., ICLR 2025) as a LoRA adapter on the frozen model itself. As in <see cref="TokenRewardHeadTrainer"/> the
/// log-probability is taken per token.
/// </summary>
public sealed unsafe class AutoregressiveRewardTrainer : IDisposable
{
    private const int Lanes = 2;

    private readonly RewardSettings _settings;
    private readonly ThreadTeam _team;
    private readonly LowRankAdapter _adapter;
    private readonly AutoregressiveRewardLane[] _lanes;

    /// <summary>An adapter that changes nothing yet. While it lives, the model is the adapted one.</summary>
    public AutoregressiveRewardTrainer(TrainableTransformer model, RewardSettings settings, ThreadTeam team)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_settings, _team) = (settings, team);
        _adapter = new LowRankAdapter(model, settings.Rank, Alpha(settings.Rank), settings.Seed);
        _lanes = [.. Enumerable.Range(0, Lanes).Select(_ => new AutoregressiveRewardLane(model, settings.MaxLength))];
    }

    /// <summary>A and B of every adapted projection, under PEFT's names.</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _adapter.Tensors;

    /// <summary>The numbers of <see cref="Tensors"/>.</summary>
    public NativeBuffer<float> Parameters => _adapter.Values;

    /// <summary>LoRA's alpha for a rank: twice the rank, as in GenARM's own code.</summary>
    public static float Alpha(int rank) => 2 * rank;

    /// <summary>Trains on the pairs.</summary>
    public void Train(IReadOnlyList<RewardExample> examples, Action<RewardProgress> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using AdamWOptimizer optimizer = new(_adapter.Tensors);
        using NativeBuffer<float> gradients = new(_adapter.Values.Length);
        new PairSchedule(_settings, examples.Count).Run(Update, progress, cancellation);
        _adapter.Merge(_team);

        (double Loss, int Right) Update(int[] batch, double rate)
        {
            _adapter.Merge(_team);
            _team.Run(new TrainingJob(this, examples, batch));
            NativeBuffer<float> sum = _lanes[0].Worker.Gradients;
            AdamW.Accumulate(_lanes[1].Worker.Gradients.Pointer, sum.Length, sum.Pointer);
            _adapter.Backward(sum, gradients);
            Array.ForEach(_lanes, lane => lane.Worker.ClearGradients());
            optimizer.Step(gradients, rate, _settings.WeightDecay, maxNorm: 1, _team, _adapter.Values);
            (double loss, int right) = (_lanes.Sum(lane => lane.Loss), _lanes.Sum(lane => lane.Right));
            Array.ForEach(_lanes, lane => (lane.Loss, lane.Right) = (0, 0));
            return (loss, right);
        }
    }

    /// <summary>The margin of every pair.</summary>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(IReadOnlyList<RewardExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        double[] margins = new double[examples.Count];
        _team.Run(new EvaluationJob(this, examples, margins));
        return [.. examples.Zip(margins)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_lanes, lane => lane.Dispose());
        _adapter.Dispose();
    }

    private void Train(AutoregressiveRewardLane lane, RewardExample example, int batch)
    {
        double margin = lane.Margin(example, _settings.Beta);
        lane.Backward(example, _settings.Beta * example.Weight * PairwiseLoss.Slope(margin) / batch);
        lane.Loss += PairwiseLoss.Loss(margin);
        lane.Right += margin > 0 ? 1 : 0;
    }

    private readonly struct TrainingJob(AutoregressiveRewardTrainer trainer, IReadOnlyList<RewardExample> examples, int[] batch) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < Lanes; lane += workers)
            {
                for (int i = lane; i < batch.Length; i += Lanes)
                {
                    trainer.Train(trainer._lanes[lane], examples[batch[i]], batch.Length);
                }
            }
        }
    }

    private readonly struct EvaluationJob(AutoregressiveRewardTrainer trainer, IReadOnlyList<RewardExample> examples, double[] margins) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int lane = worker; lane < Lanes; lane += workers)
            {
                for (int i = lane; i < margins.Length; i += Lanes)
                {
                    margins[i] = trainer._lanes[lane].Margin(examples[i], trainer._settings.Beta);
                }
            }
        }
    }
}
