namespace Alignment.Decoding.Text;

/// <summary>A conversation, rendered by the model's chat template. Contents never become control tokens.</summary>
/// <param name="Turns">Oldest first.</param>
/// <param name="Ending">Where its text ends.</param>
public sealed record ChatPrompt(IReadOnlyList<ChatTurn> Turns, ChatEnding Ending = ChatEnding.NextTurn) : Prompt;
