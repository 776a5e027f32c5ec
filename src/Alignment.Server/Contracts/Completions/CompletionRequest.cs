using System.Text.Json.Serialization;
using Alignment.Decoding.Requests;

namespace Alignment.Server.Contracts.Completions;

/// <summary>Body of POST /v1/completions.</summary>
internal sealed record CompletionRequest : GenerationBody
{
    /// <summary>What to continue: a string, an array of strings, an array of token ids, or an array of such arrays.</summary>
    [JsonConverter(typeof(PromptConverter))]
    public IReadOnlyList<Prompt>? Prompt { get; init; }

    /// <summary>Return the prompt in front of the response.</summary>
    public bool? Echo { get; init; }

    /// <summary>How many of the most probable tokens to return at each position, with the token's own log-probability; 0 to 5.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Only 1 or n: ranking by reward is <c>alignment.search</c>.</summary>
    public int? BestOf { get; init; }
}
