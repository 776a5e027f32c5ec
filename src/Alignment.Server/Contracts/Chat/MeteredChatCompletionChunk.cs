using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Chat;

/// <summary>A chunk of a stream with <c>include_usage</c>: <c>usage</c> is null but in the last chunk. Other streams lack the field.</summary>
internal sealed record MeteredChatCompletionChunk : ChatCompletionChunk
{
    /// <summary>What the request cost.</summary>
    [JsonPropertyOrder(1)]
    public required Usage? Usage { get; init; }
}
