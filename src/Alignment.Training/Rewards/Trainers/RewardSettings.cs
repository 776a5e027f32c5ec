using System.Text.Json.Serialization;
using Alignment.Training.Rewards.Features;

namespace Alignment.Training.Rewards.Trainers;

/// <summary>How a reward is trained.</summary>
public sealed record RewardSettings
{
    /// <summary>What a value head is to become. Unused by others, as are the four that follow.</summary>
    public RewardObjective Objective { get; init; }

    /// <summary>At which tokens of a response it is trained.</summary>
    public ResponsePositions Positions { get; init; }

    /// <summary>Whether pairs are weighed so that length tells nothing of which response is preferred.</summary>
    public bool BalanceLengths { get; init; }

    /// <summary>Strength of the penalty on the correlation of margins with length ratios; 0 for none.</summary>
    public double LengthPenalty { get; init; }

    /// <summary>Prototypes that the users' rewards are mixed of.</summary>
    public int Prototypes { get; init; } = 2;

    /// <summary>Passes over the pairs.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Pairs an update.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Highest learning rate; warm-up over a tenth of the updates, then a cosine.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay of matrices.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>beta of the loss: how many nats of mean log-probability make one unit of reward. Unused by value heads.</summary>
    public double Beta { get; init; } = 2;

    /// <summary>Inner width of a head or rank of an adapter. Unused by value heads.</summary>
    public int Rank { get; init; } = 64;

    /// <summary>Initial weights and order of the pairs.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Longest prompt and response together, in tokens.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>Updates between two checkpoints; the outcome does not depend on it.</summary>
    [JsonIgnore]
    public int CheckpointEvery { get; init; } = 50;
}
