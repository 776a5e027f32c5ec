using System.Text.Json.Serialization;
using Alignment.Models.Configuration;

namespace Alignment.Training.LanguageModels;

/// <summary>Everything that decides the outcome of a language-model run.</summary>
public sealed record LanguageModelSettings
{
    /// <summary>Shape of the model.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Tokens a sequence.</summary>
    public int ContextLength { get; init; } = 512;

    /// <summary>Sequences of the last update.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Sequences of the first update, from which they grow to <see cref="BatchSize"/>; null for as many.</summary>
    public int? FirstBatchSize { get; init; }

    /// <summary>Updates.</summary>
    public required int Steps { get; init; }

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Rate of the last update, as a fraction of the highest.</summary>
    public double FinalRateFraction { get; init; } = 0.1;

    /// <summary>Updates of linear warm-up.</summary>
    public int WarmUpSteps { get; init; } = 50;

    /// <summary>Decoupled weight decay of matrices.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Longest gradient that is not scaled down.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Which tokens are learned; null for all.</summary>
    public TargetSpan? Targets { get; init; }

    /// <summary>Seed of the initial weights, where they are drawn, and of the order of the windows.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>SHA-256 of the weights that a fine-tune starts from; null where they are drawn.</summary>
    public string? StartWeightsSha256 { get; init; }

    /// <summary>Updates between two checkpoints; the outcome does not depend on it.</summary>
    [JsonIgnore]
    public int CheckpointEvery { get; init; } = 50;
}
