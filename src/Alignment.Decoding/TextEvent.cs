namespace Alignment.Decoding;

/// <summary>The next piece of one response.</summary>
/// <param name="Index">Which choice.</param>
/// <param name="Text">Whole characters only, and nothing that may turn out to begin a stop string; may be empty when only tokens are new.</param>
/// <param name="Tokens">The tokens new since the last event, where log-probabilities were asked for; else empty.</param>
public sealed record TextEvent(int Index, string Text, IReadOnlyList<GeneratedToken> Tokens) : GenerationEvent;
