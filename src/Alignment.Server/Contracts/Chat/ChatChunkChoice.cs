using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts.Chat;

/// <summary>What is new in one response.</summary>
/// <param name="Index">Which.</param>
/// <param name="Delta">The new text.</param>
/// <param name="Logprobs">Of the new tokens, where asked for.</param>
/// <param name="FinishReason">Null until the end.</param>
internal sealed record ChatChunkChoice(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, FinishReason? FinishReason);
