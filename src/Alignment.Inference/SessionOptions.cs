namespace Alignment.Inference;

/// <summary>What one request may do.</summary>
public sealed record SessionOptions
{
    /// <summary>Sessions share cached prefixes only with sessions of the same salt.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Most tokens that forward passes may compute for this session.</summary>
    public long MaxForwardTokens { get; init; } = long.MaxValue;
}
