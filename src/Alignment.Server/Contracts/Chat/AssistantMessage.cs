namespace Alignment.Server.Contracts.Chat;

/// <summary>The assistant's turn.</summary>
/// <param name="Role">assistant.</param>
/// <param name="Content">Its text.</param>
/// <param name="Refusal">Always null: nothing is refused in a field of its own.</param>
internal sealed record AssistantMessage(string Role, string Content, string? Refusal);
