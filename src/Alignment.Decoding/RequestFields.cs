namespace Alignment.Decoding;

/// <summary>
/// What the client calls those fields of a request whose names are not the same everywhere; problems are reported under these names.
/// </summary>
public sealed record RequestFields
{
    /// <summary>Where <see cref="GenerationRequest.Prompt"/> came from.</summary>
    public string Prompt { get; init; } = "prompt";

    /// <summary>Where <see cref="GenerationRequest.MaxTokens"/> came from.</summary>
    public string MaxTokens { get; init; } = "max_tokens";

    /// <summary>Where <see cref="GenerationRequest.TopLogProbabilities"/> came from.</summary>
    public string TopLogProbabilities { get; init; } = "top_logprobs";
}
