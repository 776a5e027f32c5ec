using System.ComponentModel.DataAnnotations;

namespace Alignment.Decoding.Requests;

/// <summary>How much one request may ask for.</summary>
public sealed record GenerationLimits
{
    /// <summary>Most responses returned (<c>n</c>).</summary>
    [Range(1, 128)]
    public int MaxChoices { get; init; } = 16;

    /// <summary>Most candidates a search draws.</summary>
    [Range(1, 1024)]
    public int MaxCandidates { get; init; } = 64;

    /// <summary>Most guidance sources: with the request's own, a pass of the smallest engine has an output for each.</summary>
    [Range(0, 63)]
    public int MaxGuides { get; init; } = 8;

    /// <summary>Largest weight of a guide, in magnitude: a small reward's fluency errors grow with it.</summary>
    [Range(0, 1000)]
    public float MaxWeight { get; init; } = 8;

    /// <summary>
    /// Most forward tokens: prompt + candidates * max tokens, and the same for every guide that is a forward pass of its own.
    /// </summary>
    [Range(typeof(long), "1", "1000000000000")]
    public long MaxForwardTokens { get; init; } = 131_072;
}
