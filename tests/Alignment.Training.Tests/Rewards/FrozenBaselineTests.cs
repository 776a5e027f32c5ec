using Alignment.Compute.Cpu.Training;
using Alignment.Tests;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Adapters;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards;

/// <summary>What every reward has to beat.</summary>
public sealed class FrozenBaselineTests
{
    [Fact]
    public void It_is_the_log_probability_of_the_model_without_a_reward()
    {
        using CpuTrainingBackend backend = new(threads: 2);
        using TrainableTransformer model = TinyModel.Create(backend);
        using TemporaryFolder folder = new();
        FeatureCache features = new(model, "abc", folder.Path);
        RewardExample[] pairs = TinyModel.Pairs(12, seed: 3, good: 7, bad: 11);
        IReadOnlyList<HeldOutMargins> baselines = FrozenBaseline.Measure(features, pairs, CancellationToken.None);

        // An adapter that has learned nothing scores by the mean log-probability a token of the model itself.
        using AutoregressiveRewardTrainer untrained = new(model, [], new RewardSettings { Rank = 2, Beta = 1, MaxLength = 32 });
        double[] means = [.. untrained.Evaluate(pairs, CancellationToken.None).Select(result => result.Margin)];
        Assert.Equal(means, baselines[1].Margins, (a, b) => Math.Abs(a - b) < 1e-5);
        RewardExample[] alike = [.. pairs.Where(pair => pair.Chosen.Count == pair.Rejected.Count)];
        Assert.NotEmpty(alike);
        Assert.All(
            pairs.Index().Where(pair => alike.Contains(pair.Item)),
            pair => Assert.Equal(means[pair.Index] * pair.Item.Chosen.Count, baselines[0].Margins[pair.Index], 1e-5));
        Assert.All(FrozenBaseline.Measure(features, [], CancellationToken.None), none => Assert.Empty(none.Margins));
    }
}
