namespace Alignment.Decoding;

/// <summary>The prompt's log-probabilities under the frozen model, where they were asked for; before the texts.</summary>
/// <param name="Index">Which choice.</param>
/// <param name="Tokens">The prompt's tokens.</param>
public sealed record PromptEvent(int Index, IReadOnlyList<GeneratedToken> Tokens) : GenerationEvent;
