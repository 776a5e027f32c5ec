using System.ComponentModel.DataAnnotations;

namespace Alignment.Inference;

/// <summary>Sizes and limits of an <see cref="Engine"/>.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Pages of 16 tokens in the cache of keys and values; null: enough for all sessions at full length, as far as they fit into
    /// <see cref="CacheMemoryFraction"/>.
    /// </summary>
    [Range(1, int.MaxValue / 16)]
    public int? Pages { get; init; }

    /// <summary>
    /// Longest prompt and response together, in tokens; null: the model's positions, or what the cache holds where that is less.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int? MaxModelLength { get; init; }

    /// <summary>How much of the device's memory that is available once the weights are loaded the cache may take.</summary>
    [Range(0.001, 1)]
    public double CacheMemoryFraction { get; init; } = 0.5;

    /// <summary>Most rows that prompts take in one pass, together, so that they do not hold up the sequences that decode.</summary>
    [Range(1, 65_536)]
    public int PrefillChunk { get; init; } = 256;

    /// <summary>Sessions that run at once; more wait.</summary>
    [Range(1, 65_536)]
    public int MaxSessions { get; init; } = 64;

    /// <summary>Sessions that may wait; more are refused.</summary>
    [Range(0, 1_000_000)]
    public int QueueLength { get; init; } = 256;

    /// <summary>Told when a broken invariant has stopped the engine: the plan of the batch, and the fault.</summary>
    public Action<string, Exception>? OnFault { get; init; }
}
