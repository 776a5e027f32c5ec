namespace Alignment.Templates;

/// <summary>One turn of a conversation as a chat template sees it.</summary>
public sealed record ChatMessage(string Role, string Content);
