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
        usage.PromptTokens, usage.CompletionTokens, usage.PromptTokens + usage.CompletionTokens, new PromptTokensDetails(usage.CachedTokens));
}
