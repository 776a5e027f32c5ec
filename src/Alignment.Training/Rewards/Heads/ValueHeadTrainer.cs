using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Objectives;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>
/// v(x, y) = w . h + b with h the frozen model's hidden state at the end of the response, trained by Bradley and Terry's loss on pairs. The
/// sum 0.01 (v+ + v-)^2 is added to the loss, so that rewards lie around zero (Eisenstein et al., 2023).
/// </summary>
public sealed unsafe class ValueHeadTrainer : IRewardTrainer
{
    private const double Centring = 0.01;

    private readonly TrainableTransformer _model;
    private readonly RewardSettings _settings;
    private readonly CpuTrainingBackend _host;
    private readonly ParameterTensor[] _tensors;
    private readonly TrainingBuffer _parameters;

    /// <summary>
    /// A head of zeros over a frozen model; the head is so small that one thread of the host trains it, whatever runs the model.
    /// </summary>
    public ValueHeadTrainer(TrainableTransformer model, RewardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _settings, _host) = (model, settings, new CpuTrainingBackend(threads: 1));
        int hidden = model.Config.HiddenSize;
        _tensors = [new ParameterTensor("weight", [1, hidden], 0), new ParameterTensor("bias", [1], hidden)];
        _parameters = _host.Allocate(hidden + 1);
        Optimizer = new AdamWOptimizer(_tensors, _host);
    }

    /// <summary><c>weight</c> [1, hidden] and <c>bias</c> [1].</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public TrainingBuffer Parameters => _parameters;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer { get; }

    /// <inheritdoc/>
    public void Train(
        IReadOnlyList<RewardExample> examples, Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FrozenFeatures features = Features(examples, cancellation);
        using TrainingBuffer gradients = _host.Allocate(_parameters.Length);
        new PairSchedule(_settings, examples.Count).Run(Optimizer, Update, progress, checkpoint, cancellation);

        (double Loss, int Right) Update(int[] batch, double rate)
        {
            (double loss, int right) = (0, 0);
            foreach (int index in batch)
            {
                double margin = Add(examples[index], features, index, batch.Length, gradients.Pointer);
                loss += PairwiseLoss.Loss(margin);
                right += margin > 0 ? 1 : 0;
            }

            Optimizer.Step(gradients, rate, _settings.WeightDecay, maxNorm: 1, _parameters);
            return (loss, right);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(
        IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FrozenFeatures features = Features(examples, cancellation);
        return [.. examples.Select((example, index) => (example, Margin(example, features, index)))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        _parameters.Dispose();
        _host.Dispose();
    }

    /// <summary>Even responses are chosen, odd ones rejected.</summary>
    private FrozenFeatures Features(IReadOnlyList<RewardExample> examples, CancellationToken cancellation) =>
        FrozenFeatures.Compute(_model, [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })], cancellation);

    private double Margin(RewardExample example, FrozenFeatures features, int index) =>
        Value(features.AtEnd(2 * index, example.Chosen)) - Value(features.AtEnd((2 * index) + 1, example.Rejected));

    private double Value(float* hidden)
    {
        double sum = _parameters.Pointer[_model.Config.HiddenSize];
        for (int i = 0; i < _model.Config.HiddenSize; i++)
        {
            sum += (double)_parameters.Pointer[i] * hidden[i];
        }

        return sum;
    }

    /// <summary>Adds the gradient of one pair's loss; returns its margin.</summary>
    private double Add(RewardExample example, FrozenFeatures features, int index, int batch, float* gradients)
    {
        float* chosen = features.AtEnd(2 * index, example.Chosen);
        float* rejected = features.AtEnd((2 * index) + 1, example.Rejected);
        (double high, double low) = (Value(chosen), Value(rejected));
        double scale = example.Weight / batch;
        double centre = 2 * Centring * (high + low);
        double byChosen = scale * (centre - PairwiseLoss.Slope(high - low));
        double byRejected = scale * (centre + PairwiseLoss.Slope(high - low));
        int hidden = _model.Config.HiddenSize;
        for (int i = 0; i < hidden; i++)
        {
            gradients[i] += (float)((byChosen * chosen[i]) + (byRejected * rejected[i]));
        }

        gradients[hidden] += (float)(byChosen + byRejected);
        return high - low;
    }
}
