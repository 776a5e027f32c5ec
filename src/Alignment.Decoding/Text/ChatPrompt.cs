namespace Alignment.Decoding.Text;

/// <summary>A conversation, rendered by the model's chat template. Contents never become control tokens.</summary>
/// <param name="Turns">Oldest first.</param>
public sealed record ChatPrompt(IReadOnlyList<ChatTurn> Turns) : Prompt;
