namespace Alignment.Inference;

/// <summary>What one request may do.</summary>
public sealed record SessionOptions
{
    /// <summary>Sessions share cached prefixes only with sessions of the same salt.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Most tokens that forward passes may compute for this session.</summary>
    public long MaxForwardTokens { get; init; } = long.MaxValue;

    /// <summary>
    /// Pages to set aside (<see cref="CacheSize.PagesFor"/>): it starts when so many are not yet promised to others. One that needs no
    /// more, in any lane, loses none, unless one runs that needs more than there are; one that says less than it takes, 0 for none, may
    /// from then on lose its pages to older sessions that did so too, and to all that did not. With some set aside it waits, where those
    /// older ones may soon need what is free; with none it takes what there is.
    /// </summary>
    public int MaxPages { get; init; }
}
