using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Chat;

/// <summary>An increment of a message: role and empty content first, then content, then nothing.</summary>
internal sealed record ChatDelta
{
    /// <summary>assistant, in the first chunk of a response.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    /// <summary>New text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }
}
