namespace Alignment.Server.Contracts;

/// <summary>Body of POST /tokenize: a prompt or messages.</summary>
internal sealed record TokenizeRequest
{
    /// <summary>A name of /v1/models.</summary>
    public string? Model { get; init; }

    /// <summary>A text.</summary>
    public string? Prompt { get; init; }

    /// <summary>A conversation, which the model's chat template renders.</summary>
    public IReadOnlyList<ChatMessageBody>? Messages { get; init; }

    /// <summary>With messages: end with the opening of the assistant's turn; true unless the last message is continued.</summary>
    public bool? AddGenerationPrompt { get; init; }

    /// <summary>With messages: end within the last message.</summary>
    public bool? ContinueFinalMessage { get; init; }
}

/// <summary>Answer of POST /tokenize.</summary>
/// <param name="Count">How many tokens.</param>
/// <param name="MaxModelLen">How many the model can hold.</param>
/// <param name="Tokens">Their ids.</param>
internal sealed record TokenizeAnswer(int Count, int MaxModelLen, IReadOnlyList<int> Tokens);

/// <summary>Body of POST /detokenize.</summary>
internal sealed record DetokenizeRequest
{
    /// <summary>A name of /v1/models.</summary>
    public string? Model { get; init; }

    /// <summary>Token ids.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }
}

/// <summary>Answer of POST /detokenize.</summary>
/// <param name="Prompt">The text, control tokens included.</param>
internal sealed record DetokenizeAnswer(string Prompt);
