namespace Alignment.Decoding.Requests;

/// <summary>What to continue: <see cref="ChatPrompt"/>, <see cref="TextPrompt"/> or <see cref="TokenPrompt"/>.</summary>
public abstract record Prompt;

/// <summary>Raw text without a template; special-token text in it is read as special tokens.</summary>
/// <param name="Text">The text.</param>
public sealed record TextPrompt(string Text) : Prompt;

/// <summary>Token ids, taken as they are.</summary>
/// <param name="Tokens">The ids.</param>
public sealed record TokenPrompt(IReadOnlyList<int> Tokens) : Prompt;

/// <summary>A conversation, rendered by the model's chat template. Contents never become control tokens.</summary>
/// <param name="Turns">Oldest first.</param>
/// <param name="Ending">Where its text ends.</param>
public sealed record ChatPrompt(IReadOnlyList<ChatTurn> Turns, ChatEnding Ending = ChatEnding.NextTurn) : Prompt;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant, or whatever else the model's template knows.</param>
/// <param name="Content">Plain text.</param>
public sealed record ChatTurn(string Role, string Content);

/// <summary>Where the text of a conversation ends.</summary>
public enum ChatEnding
{
    /// <summary>Behind the opening of the assistant's next turn: the model answers.</summary>
    NextTurn,

    /// <summary>Behind the last turn.</summary>
    LastTurn,

    /// <summary>Behind the content of the last turn, which the model continues.</summary>
    LastContent,
}
