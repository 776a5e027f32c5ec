using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Memory;
using Alignment.Tests;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Adapters;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards;

public sealed unsafe class RewardTrainerTests : IDisposable
{
    private const int Good = 7;
    private const int Bad = 11;

    private readonly CpuTrainingBackend _backend = new(threads: 2);
    private readonly TemporaryFolder _folder = new();
    private readonly TrainableTransformer _model;
    private readonly RewardExample[] _training = TinyModel.Pairs(96, seed: 1, Good, Bad);
    private readonly RewardExample[] _heldOut = TinyModel.Pairs(64, seed: 2, Good, Bad);

    public RewardTrainerTests() => _model = TinyModel.Create(_backend);

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_value_head_learns_how_good_responses_end()
    {
        using ValueHeadTrainer trainer = new(
            Cache(_model), TinyModel.Data(_training), new RewardSettings { Epochs = 40, BatchSize = 16, LearningRate = 0.05 });
        trainer.Train(_ => { }, () => { }, CancellationToken.None);
        Assert.InRange(Accuracy(trainer), 0.95, 1);
    }

    /// <summary>The first token of a response tells, and those behind it are noise.</summary>
    [Fact]
    public void A_head_of_prefixes_tells_before_the_end_and_says_so_in_its_file()
    {
        RewardSettings settings = new() { Epochs = 60, BatchSize = 16, LearningRate = 0.05, Positions = ResponsePositions.All };
        using ValueHeadTrainer trainer = new(Cache(_model), TinyModel.Data([.. _training.Select(TellFirst)]), settings);
        trainer.Train(_ => { }, () => { }, CancellationToken.None);
        RewardExample[] begun =
        [
            .. _heldOut.Select(TellFirst).Select(pair => pair with { Chosen = Begin(pair.Chosen), Rejected = Begin(pair.Rejected) }),
        ];
        double right = trainer.Evaluate(begun, CancellationToken.None).Average(result => result.Margin > 0 ? 1.0 : 0);
        Assert.InRange(right, 0.95, 1);
        new RewardExport("kind", _model.Config, "abc", _folder.Path).WriteValueHead(trainer);
        Assert.Contains("\"reads\": \"last_token\"", File.ReadAllText(_folder.File("head_config.json")), StringComparison.Ordinal);

        static RewardExample TellFirst(RewardExample pair) =>
            pair with { Chosen = Swap(pair.Chosen, Good), Rejected = Swap(pair.Rejected, Bad) };

        static ResponseTokens Swap(ResponseTokens response, int first)
        {
            int[] tokens = [.. response.Tokens];
            (tokens[response.Start], tokens[^1]) = (first, 1);
            return response with { Tokens = tokens };
        }

        static ResponseTokens Begin(ResponseTokens response) => response with { Tokens = response.Tokens[..(response.Start + 1)] };
    }

    [Fact]
    public void A_token_reward_head_learns_which_token_is_rewarded()
    {
        using TokenRewardHeadTrainer trainer = new(
            Cache(_model), _training, new RewardSettings { Epochs = 20, BatchSize = 16, LearningRate = 0.02, Rank = 8, MaxLength = 32 });
        Assert.All(trainer.Evaluate(_heldOut, CancellationToken.None), result => Assert.Equal(0, result.Margin, 1e-6)); // starts uniform
        trainer.Train(_ => { }, () => { }, CancellationToken.None);
        Assert.InRange(Accuracy(trainer), 0.95, 1);
    }

    [Fact]
    public void An_adapter_learns_which_token_is_rewarded()
    {
        using AutoregressiveRewardTrainer trainer = new(
            _model, _training, new RewardSettings { Epochs = 20, BatchSize = 16, LearningRate = 0.02, Rank = 4, MaxLength = 32 });
        double before = Accuracy(trainer);
        trainer.Train(_ => { }, () => { }, CancellationToken.None);
        Assert.InRange(Accuracy(trainer), Math.Max(0.8, before + 0.1), 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_outcome_does_not_depend_on_the_threads(int threads)
    {
        using CpuTrainingBackend backend = new(threads);
        using TrainableTransformer model = TinyModel.Create(backend);
        RewardSettings settings = new() { BatchSize = 16, Rank = 8, MaxLength = 32 };
        using TokenRewardHeadTrainer some = new(Cache(model), _training, settings);
        using TokenRewardHeadTrainer two = new(Cache(_model), _training, settings);
        some.Train(_ => { }, () => { }, CancellationToken.None);
        two.Train(_ => { }, () => { }, CancellationToken.None);
        using NativeBuffer<float> expected = two.Parameters.ToHost();
        using NativeBuffer<float> actual = some.Parameters.ToHost();
        Assert.Equal(expected.Span, actual.Span);
    }

    [Fact]
    public void The_head_s_gradient_matches_finite_differences()
    {
        const double Slope = 1.7;
        int[] tokens = [3, 9, 9, 21, 0];
        using TokenRewardHeadParameters head = new(hidden: 16, rank: 6, TinyModel.Vocabulary, seed: 5, _backend);
        using TokenRewardHeadAccumulator accumulator = new(head, rows: 8);
        using NativeBuffer<float> hidden = new(5 * 16);
        Fill(hidden.Pointer, hidden.Length, 1, 1);
        Fill(head.Values.Pointer, head.Values.Length, 0.5f, 2);
        head.Refresh();
        accumulator.MeanLogProbability(hidden.Span, tokens);
        accumulator.Backward(tokens.Length, Slope);
        AssertGradient(head.Values, accumulator.Gradients, () =>
        {
            head.Refresh();
            return Slope * accumulator.MeanLogProbability(hidden.Span, tokens);
        });
    }

    [Fact]
    public void The_adapter_s_gradient_matches_finite_differences()
    {
        const double Slope = 1.3;
        using LoraAdapter adapter = new(_model, rank: 3, alpha: 6, seed: 5);
        using AutoregressiveRewardRunner runner = new(_model, maxLength: 32);
        using TrainingBuffer modelGradients = _backend.Allocate(_model.Layout.Length);
        using TrainingBuffer gradients = _backend.Allocate(adapter.Values.Length);
        Fill(adapter.Values.Pointer, adapter.Values.Length, 0.3f, 4);
        adapter.Merge();
        RewardExample example = _training[0];
        runner.Margin(example, beta: 1);
        runner.Backward(example, Slope, modelGradients);
        adapter.Backward(modelGradients, gradients);
        AssertGradient(adapter.Values, gradients, () =>
        {
            adapter.Merge();
            return -Slope * runner.Margin(example, beta: 1);
        });
    }

    private FeatureCache Cache(TrainableTransformer model) => new(model, "abc", _folder.File($"{Guid.NewGuid()}"));

    private double Accuracy(IRewardTrainer trainer) =>
        trainer.Evaluate(_heldOut, CancellationToken.None).Average(result => result.Margin > 0 ? 1 : result.Margin < 0 ? 0 : 0.5);

    private static void Fill(float* values, long length, float scale, int phase)
    {
        for (long i = 0; i < length; i++)
        {
            values[i] = scale * MathF.Sin((1.7f * i) + phase);
        }
    }

    private static void AssertGradient(TrainingBuffer values, TrainingBuffer gradients, Func<double> loss)
    {
        const float Step = 2e-2f;
        for (long i = 0; i < values.Length; i += 1 + (values.Length / 61))
        {
            float value = values.Pointer[i];
            values.Pointer[i] = value + Step;
            double above = loss();
            values.Pointer[i] = value - Step;
            double below = loss();
            values.Pointer[i] = value;
            double difference = (above - below) / (2 * Step);
            Assert.True(
                Math.Abs(difference - gradients.Pointer[i]) <= 2e-3 + (0.02 * Math.Abs(difference)),
                $"element {i}: {gradients.Pointer[i]} where differences say {difference}");
        }
    }
}
