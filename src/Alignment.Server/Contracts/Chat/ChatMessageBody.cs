using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Chat;

/// <summary>One turn of a conversation.</summary>
internal sealed record ChatMessageBody
{
    /// <summary>system, developer, user or assistant.</summary>
    public string? Role { get; init; }

    /// <summary>A string, or an array of text parts.</summary>
    [JsonConverter(typeof(MessageContentConverter))]
    public string? Content { get; init; }
}
