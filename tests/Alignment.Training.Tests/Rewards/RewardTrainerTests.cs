using Alignment.Compute.Memory;
using Alignment.Compute.Threading;
using Alignment.Training.Rewards;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards;

public sealed unsafe class RewardTrainerTests : IDisposable
{
    private const int Good = 7;
    private const int Bad = 11;

    private readonly ThreadTeam _team = new(2);
    private readonly TrainableTransformer _model;
    private readonly RewardExample[] _training = TinyModel.Pairs(96, seed: 1, Good, Bad);
    private readonly RewardExample[] _heldOut = TinyModel.Pairs(64, seed: 2, Good, Bad);

    public RewardTrainerTests() => _model = TinyModel.Create(_team);

    public void Dispose()
    {
        _model.Dispose();
        _team.Dispose();
    }

    [Fact]
    public void A_value_head_learns_how_good_responses_end()
    {
        using ValueHeadTrainer trainer = new(_model, new RewardSettings { Epochs = 40, BatchSize = 16, LearningRate = 0.05 }, _team);
        trainer.Train(_training, _ => { }, CancellationToken.None);
        Assert.InRange(PairwiseAccuracy.Of(trainer.Evaluate(_heldOut)).Accuracy, 0.95, 1);
    }

    [Fact]
    public void A_token_reward_head_learns_which_token_is_rewarded()
    {
        using TokenRewardHeadTrainer trainer = new(_model, new RewardSettings { Epochs = 20, BatchSize = 16, LearningRate = 0.02, Rank = 8, MaxLength = 32 }, _team);
        Assert.All(trainer.Evaluate(_heldOut), result => Assert.Equal(0, result.Margin, 1e-6)); // starts uniform
        trainer.Train(_training, _ => { }, CancellationToken.None);
        Assert.InRange(PairwiseAccuracy.Of(trainer.Evaluate(_heldOut)).Accuracy, 0.95, 1);
    }

    [Fact]
    public void An_adapter_learns_which_token_is_rewarded()
    {
        using AutoregressiveRewardTrainer trainer = new(_model, new RewardSettings { Epochs = 20, BatchSize = 16, LearningRate = 0.02, Rank = 4, MaxLength = 32 }, _team);
        double before = PairwiseAccuracy.Of(trainer.Evaluate(_heldOut)).Accuracy;
        trainer.Train(_training, _ => { }, CancellationToken.None);
        Assert.InRange(PairwiseAccuracy.Of(trainer.Evaluate(_heldOut)).Accuracy, Math.Max(0.8, before + 0.1), 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_outcome_does_not_depend_on_the_threads(int threads)
    {
        using ThreadTeam team = new(threads);
        using TokenRewardHeadTrainer some = new(_model, new RewardSettings { BatchSize = 16, Rank = 8, MaxLength = 32 }, team);
        using TokenRewardHeadTrainer two = new(_model, new RewardSettings { BatchSize = 16, Rank = 8, MaxLength = 32 }, _team);
        some.Train(_training, _ => { }, CancellationToken.None);
        two.Train(_training, _ => { }, CancellationToken.None);
        Assert.Equal(two.Parameters.Span, some.Parameters.Span);
    }

    [Fact]
    public void The_head_s_gradient_matches_finite_differences()
    {
        const double Slope = 1.7;
        int[] tokens = [3, 9, 9, 21, 0];
        using TokenRewardHeadParameters head = new(hidden: 16, rank: 6, TinyModel.Vocabulary, seed: 5);
        using TokenRewardHeadLane lane = new(head, rows: 8);
        using NativeBuffer<float> hidden = new(5 * 16);
        Fill(hidden, 1, 1);
        Fill(head.Values, 0.5f, 2);
        head.Repack();
        lane.MeanLogProbability(hidden.Pointer, tokens);
        lane.Backward(hidden.Pointer, tokens.Length, Slope);
        AssertGradient(head.Values, lane.Gradients, () =>
        {
            head.Repack();
            return Slope * lane.MeanLogProbability(hidden.Pointer, tokens);
        });
    }

    [Fact]
    public void The_adapter_s_gradient_matches_finite_differences()
    {
        const double Slope = 1.3;
        using LowRankAdapter adapter = new(_model, rank: 3, alpha: 6, seed: 5);
        using AutoregressiveRewardLane lane = new(_model, maxLength: 32);
        using NativeBuffer<float> gradients = new(adapter.Values.Length);
        Fill(adapter.Values, 0.3f, 4);
        adapter.Merge(_team);
        RewardExample example = _training[0];
        lane.Margin(example, beta: 1);
        lane.Backward(example, Slope);
        adapter.Backward(lane.Worker.Gradients, gradients);
        AssertGradient(adapter.Values, gradients, () =>
        {
            adapter.Merge(_team);
            return -Slope * lane.Margin(example, beta: 1);
        });
    }

    private static void Fill(NativeBuffer<float> buffer, float scale, int phase)
    {
        for (long i = 0; i < buffer.Length; i++)
        {
            buffer[i] = scale * MathF.Sin((1.7f * i) + phase);
        }
    }

    private static void AssertGradient(NativeBuffer<float> values, NativeBuffer<float> gradients, Func<double> loss)
    {
        const float Step = 2e-2f;
        for (long i = 0; i < values.Length; i += 1 + (values.Length / 61))
        {
            float value = values[i];
            values[i] = value + Step;
            double above = loss();
            values[i] = value - Step;
            double below = loss();
            values[i] = value;
            double difference = (above - below) / (2 * Step);
            Assert.True(Math.Abs(difference - gradients[i]) <= 2e-3 + (0.02 * Math.Abs(difference)), $"element {i}: {gradients[i]} where differences say {difference}");
        }
    }
}
