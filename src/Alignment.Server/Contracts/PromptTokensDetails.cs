namespace Alignment.Server.Contracts;

/// <summary>Where the prompt's tokens came from.</summary>
/// <param name="CachedTokens">Found in the prefix cache.</param>
internal sealed record PromptTokensDetails(int CachedTokens);
