using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts.Chat;

/// <summary>One response.</summary>
/// <param name="Index">Which.</param>
/// <param name="Message">Its text.</param>
/// <param name="Logprobs">Where asked for.</param>
/// <param name="FinishReason">Why it ended.</param>
internal sealed record ChatChoice(int Index, AssistantMessage Message, ChatLogprobs? Logprobs, FinishReason? FinishReason);
