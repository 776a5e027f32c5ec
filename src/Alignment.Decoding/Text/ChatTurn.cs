namespace Alignment.Decoding.Text;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant, or whatever else the model's template knows.</param>
/// <param name="Content">Plain text.</param>
public sealed record ChatTurn(string Role, string Content);
