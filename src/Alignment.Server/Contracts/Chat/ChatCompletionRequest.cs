namespace Alignment.Server.Contracts.Chat;

/// <summary>Body of POST /v1/chat/completions.</summary>
internal sealed record ChatCompletionRequest : GenerationBody
{
    /// <summary>The conversation, oldest turn first.</summary>
    public IReadOnlyList<ChatMessageBody>? Messages { get; init; }

    /// <summary>End the prompt with the opening of the assistant's turn; true unless the last message is continued. An extension.</summary>
    public bool? AddGenerationPrompt { get; init; }

    /// <summary>The response continues the last message instead of answering it, and begins behind it. An extension, as in vLLM.</summary>
    public bool? ContinueFinalMessage { get; init; }

    /// <summary>Longest response in tokens; the newer name of max_tokens.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>Return the log-probability of each token under the aligned distribution.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>With logprobs: how many of the most probable tokens to return at each position; 0 to 20.</summary>
    public int? TopLogprobs { get; init; }
}
