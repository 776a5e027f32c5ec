using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Completions;

/// <summary>A completion with its usage. In a stream with <c>include_usage</c> it is null but in the last chunk; other streams lack the field.</summary>
internal sealed record MeteredTextCompletion : TextCompletion
{
    /// <summary>What the request cost.</summary>
    [JsonPropertyOrder(1)]
    public required Usage? Usage { get; init; }
}
