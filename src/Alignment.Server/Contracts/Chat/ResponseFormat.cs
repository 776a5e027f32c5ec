namespace Alignment.Server.Contracts.Chat;

/// <summary>The form of the response.</summary>
/// <param name="Type">text.</param>
internal sealed record ResponseFormat(string? Type);
