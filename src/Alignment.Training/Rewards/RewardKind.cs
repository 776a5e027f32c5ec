using Alignment.Training.Rewards.Adapters;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>A kind of reward that can be trained: what it is, how, and what its files are.</summary>
/// <param name="Name">The command's name.</param>
/// <param name="Summary">What it is, for its card.</param>
/// <param name="Defaults">Settings that suit it.</param>
/// <param name="CreateTrainer">An untrained one over a model, to learn from data.</param>
/// <param name="Export">Writes its files, all but the card.</param>
public sealed record RewardKind(
    string Name,
    string Summary,
    RewardSettings Defaults,
    Func<FeatureCache, RewardData, RewardSettings, IRewardTrainer> CreateTrainer,
    Action<IRewardTrainer, RewardExport> Export)
{
    /// <summary>A reward for whole responses.</summary>
    public static RewardKind ValueHead { get; } = new(
        "value-head",
        "A value head: a linear reward on the model's hidden state at the end of a response.",
        new RewardSettings { Epochs = 20, LearningRate = 5e-3, WeightDecay = 0.5 },
        (features, data, settings) => new ValueHeadTrainer(features, data, settings),
        (trainer, export) => export.WriteValueHead((ValueHeadTrainer)trainer));

    /// <summary>A reward for every next token, from the frozen model's hidden state.</summary>
    public static RewardKind TokenRewardHead { get; } = new(
        "token-reward-head",
        "A token-reward head: log-probabilities of every next token from the model's hidden state, trained by GenARM's objective "
        + "(log-probability per token) on pairs.",
        new RewardSettings { Epochs = 3, LearningRate = 1e-3, WeightDecay = 0.1 },
        (features, data, settings) => new TokenRewardHeadTrainer(features, data.Training, settings),
        (trainer, export) => export.WriteTokenRewardHead(trainer));

    /// <summary>An autoregressive reward model.</summary>
    public static RewardKind Adapter { get; } = new(
        "arm",
        "An autoregressive reward model (GenARM): a LoRA adapter on the attention projections, trained by GenARM's objective "
        + "(log-probability per token) on pairs.",
        new RewardSettings { Epochs = 2, LearningRate = 1e-3, Rank = 8 },
        (features, data, settings) => new AutoregressiveRewardTrainer(features.Model, data.Training, settings),
        (trainer, export) => export.WriteAdapter(trainer));
}
