using Alignment.Inference.Guides;

namespace Alignment.Decoding.Preparation;

/// <summary>What a valid request is to the engine.</summary>
/// <param name="Prompt">Its tokens.</param>
/// <param name="Guides">What shifts its next tokens; contrast prompts are encoded.</param>
/// <param name="MaxTokens">Longest response that fits, at most what was asked for.</param>
internal sealed record PreparedRequest(int[] Prompt, IReadOnlyList<Guide> Guides, int MaxTokens);
