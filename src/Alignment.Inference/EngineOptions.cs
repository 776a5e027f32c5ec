using System.ComponentModel.DataAnnotations;
using Alignment.Inference.Scheduling;
using Alignment.Models.Transformers;

namespace Alignment.Inference;

/// <summary>Sizes and limits of an <see cref="Engine"/>.</summary>
public sealed record EngineOptions
{
    private const int RowsOfSession = 8;
    private const int LeastCrowd = 64;
    private const int MostCrowd = 4096;

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

    /// <summary>
    /// Most rows that prompts take in one pass, together, so that they do not hold up the sequences that decode; fewer deep in a context,
    /// where a row costs more. As many at most are rows of guesses.
    /// </summary>
    [Range(1, 65_536)]
    public int PrefillChunk { get; init; } = 256;

    /// <summary>
    /// Most rows that a prompt takes in one pass which no pass can finish, where others come too, so that it does not hold up shorter ones;
    /// fewer the deeper it is, where a row costs more. Null: as many as a pass computes in about the time in which it reads the weights, 16
    /// on a processor and 256 on a GPU.
    /// </summary>
    [Range(1, 65_536)]
    public int? PromptSlice { get; init; }

    /// <summary>Sessions that run at once; more wait.</summary>
    [Range(1, 65_536)]
    public int MaxSessions { get; init; } = 64;

    /// <summary>Sessions that may wait; more are refused.</summary>
    [Range(0, 1_000_000)]
    public int QueueLength { get; init; } = 256;

    /// <summary>
    /// How large a pass can get: every session draws several candidates, or one under several guides, and prompts get their chunk beside
    /// them.
    /// </summary>
    public TransformerLimits PassLimits => new(PrefillChunk + Crowd, Crowd);

    private int Crowd => Math.Clamp(MaxSessions * RowsOfSession, LeastCrowd, MostCrowd);

    /// <summary>Told when a broken invariant has stopped the engine: the plan of the batch, and the fault.</summary>
    public Action<string, Exception>? OnFault { get; init; }
}
