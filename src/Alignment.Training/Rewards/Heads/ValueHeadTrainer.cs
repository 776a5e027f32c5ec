using Alignment.Compute.Contract.Training;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards.Heads;

/// <summary>
/// A linear reward v(x, y) = w . h + b, h being the frozen model's last hidden state at the end of the response, or of a part of it; what
/// it becomes is its objective's.
/// </summary>
public sealed class ValueHeadTrainer : IRewardTrainer
{
    private readonly FeatureCache _features;
    private readonly RewardSettings _settings;
    private readonly IHeadCourse _course;
    private readonly LinearHead _head;

    /// <summary>An untrained head over the cache's model.</summary>
    /// <exception cref="InvalidDataException">The data does not hold what the objective learns from.</exception>
    public ValueHeadTrainer(FeatureCache features, RewardData data, RewardSettings settings)
    {
        ArgumentNullException.ThrowIfNull(features);
        (_features, _settings, _course) = (features, settings, HeadCourses.Of(data, settings));
        _head = _course.CreateHead(features.Model.Config.HiddenSize);
    }

    /// <summary><c>weight</c> [outputs, hidden] and <c>bias</c> [outputs].</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _head.Tensors;

    /// <inheritdoc/>
    public TrainingBuffer Parameters => _head.Parameters;

    /// <inheritdoc/>
    public AdamWOptimizer Optimizer => _head.Optimizer;

    /// <summary>The trained rewards, linear maps all of them: names, weights [names, hidden] and biases [names].</summary>
    internal (IReadOnlyList<string> Names, float[] Weight, float[] Bias) Rewards
    {
        get
        {
            IReadOnlyList<HeadOutput> outputs = _course.Outputs(_head);
            float[][] maps = [.. outputs.Select(output => _head.Mix(output.Mixture))];
            return ([.. outputs.Select(output => output.Name)], [.. maps.SelectMany(map => map[..^1])], [.. maps.Select(map => map[^1])]);
        }
    }

    /// <summary>Whether it scores responses that go on.</summary>
    internal bool ScoresPrefixes => _settings.Positions == ResponsePositions.All;

    /// <inheritdoc/>
    public void Train(Action<RewardProgress> progress, Action checkpoint, CancellationToken cancellation) =>
        _course.Train(_head, _features, progress, checkpoint, cancellation);

    /// <summary>Margins at the ends of the responses.</summary>
    public IReadOnlyList<(RewardExample Example, double Margin)> Evaluate(
        IReadOnlyList<RewardExample> examples, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using FeatureTable table = _features.Read(
            [.. examples.SelectMany(example => new[] { example.Chosen, example.Rejected })],
            new StateReading(ResponsePositions.End),
            cancellation);
        return
        [
            .. examples.Select((example, i) => (example, Margin(example, table.FirstRow(2 * i), table.FirstRow((2 * i) + 1)))),
        ];

        double Margin(RewardExample example, long chosen, long rejected)
        {
            double[] mixture = _course.OutputFor(_head, example).Mixture;
            return _head.Score(table.Row(chosen), mixture) - _head.Score(table.Row(rejected), mixture);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _head.Dispose();
}
