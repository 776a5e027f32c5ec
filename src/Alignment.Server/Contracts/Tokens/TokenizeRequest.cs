using Alignment.Server.Contracts.Chat;

namespace Alignment.Server.Contracts.Tokens;

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
