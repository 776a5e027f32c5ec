namespace Alignment.Decoding;

/// <summary>What the request cost. The last event.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Tokens generated for all candidates, returned or not, end-of-sequence tokens included.</param>
/// <param name="CachedTokens">Prompt tokens whose keys and values were already there.</param>
/// <param name="ForwardTokens">Rows sent through the model: prompt, candidates and guides together.</param>
public sealed record UsageEvent(int PromptTokens, int CompletionTokens, int CachedTokens, long ForwardTokens) : GenerationEvent;
