using System.Text.Json.Serialization;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts.Completions;

/// <summary>One response, or what is new in it.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Index">Which: n of them for each prompt, prompt by prompt.</param>
/// <param name="Logprobs">Where asked for.</param>
/// <param name="FinishReason">Why it ended; null before.</param>
internal sealed record TextChoice(string Text, int Index, TextLogprobs? Logprobs, FinishReason? FinishReason)
{
    /// <summary>Where asked for: the prompt's tokens, each with the likely ones at its position, by id; null for the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?>? PromptLogprobs { get; init; }
}
