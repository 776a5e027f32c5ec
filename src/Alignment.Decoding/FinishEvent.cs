namespace Alignment.Decoding;

/// <summary>One response is complete.</summary>
/// <param name="Index">Which choice.</param>
/// <param name="Reason">Why it ended.</param>
public sealed record FinishEvent(int Index, FinishReason Reason) : GenerationEvent;
