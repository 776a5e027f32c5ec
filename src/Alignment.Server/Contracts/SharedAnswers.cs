using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts;

/// <summary>What a request cost.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Tokens generated for all candidates, returned or not.</param>
/// <param name="TotalTokens">Both.</param>
/// <param name="PromptTokensDetails">How many of the prompt's were already computed.</param>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails)
{
    public static Usage From(UsageEvent usage) => new(
        usage.PromptTokens,
        usage.CompletionTokens,
        usage.PromptTokens + usage.CompletionTokens,
        new PromptTokensDetails(usage.CachedTokens));
}

/// <summary>Where the prompt's tokens came from.</summary>
/// <param name="CachedTokens">Found in the prefix cache.</param>
internal sealed record PromptTokensDetails(int CachedTokens);

/// <summary>A token at one position of a prompt, as vLLM writes it.</summary>
/// <param name="Logprob">Natural logarithm under the frozen model; -9999 for the impossible.</param>
/// <param name="Rank">1 for the most probable token; null behind the tokens that were asked for.</param>
/// <param name="DecodedToken">Its text.</param>
internal sealed record PromptLogprob(float Logprob, int? Rank, string DecodedToken);

/// <summary>The extension of the answer; only where the request asked for a report.</summary>
/// <param name="Report">Rewards and divergence token by token, every candidate, and the forward tokens spent.</param>
internal sealed record AlignmentAnswer(AlignmentReport Report);

/// <summary>stop, length, content_filter: words that OpenAI's clients know.</summary>
internal sealed class FinishReasonConverter() : JsonStringEnumConverter<FinishReason>(
    JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
