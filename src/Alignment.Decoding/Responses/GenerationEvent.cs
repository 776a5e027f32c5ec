namespace Alignment.Decoding.Responses;

/// <summary>
/// What a generation yields, in order: <see cref="PromptEvent"/>s of each choice where asked for, any number of <see cref="TextEvent"/> and
/// one <see cref="FinishEvent"/> per choice, a <see cref="ReportEvent"/> where asked for, one <see cref="UsageEvent"/>.
/// </summary>
public abstract record GenerationEvent;

/// <summary>
/// The next tokens of the prompt with their log-probabilities under the frozen model, where they were asked for; before the texts.
/// </summary>
/// <param name="Index">Which choice.</param>
/// <param name="Tokens">Tokens of the prompt, in order.</param>
public sealed record PromptEvent(int Index, IReadOnlyList<GeneratedToken> Tokens) : GenerationEvent;

/// <summary>The next piece of one response.</summary>
/// <param name="Index">Which choice.</param>
/// <param name="Text">
/// Whole characters only, and nothing that may turn out to begin a stop string; may be empty when only tokens are new.
/// </param>
/// <param name="Tokens">The tokens new since the last event, where log-probabilities were asked for; else empty.</param>
public sealed record TextEvent(int Index, string Text, IReadOnlyList<GeneratedToken> Tokens) : GenerationEvent;

/// <summary>One response is complete.</summary>
/// <param name="Index">Which choice.</param>
/// <param name="Reason">Why it ended.</param>
public sealed record FinishEvent(int Index, FinishReason Reason) : GenerationEvent;

/// <summary>What alignment did to this request; sent only where asked for.</summary>
/// <param name="Report">The report.</param>
public sealed record ReportEvent(AlignmentReport Report) : GenerationEvent;

/// <summary>What the request cost. The last event.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="CompletionTokens">Tokens generated for all candidates, returned or not, end-of-sequence tokens included.</param>
/// <param name="CachedTokens">Prompt tokens whose keys and values were already there.</param>
/// <param name="ForwardTokens">Rows sent through the model: prompt, candidates and guides together.</param>
public sealed record UsageEvent(int PromptTokens, int CompletionTokens, int CachedTokens, long ForwardTokens) : GenerationEvent;
