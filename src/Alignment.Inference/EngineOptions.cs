using System.ComponentModel.DataAnnotations;

namespace Alignment.Inference;

/// <summary>Sizes and limits of an <see cref="Engine"/>.</summary>
public sealed record EngineOptions
{
    /// <summary>Pages of 16 tokens in the cache of keys and values.</summary>
    [Range(1, int.MaxValue / 16)]
    public int Pages { get; init; } = 1024;

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
