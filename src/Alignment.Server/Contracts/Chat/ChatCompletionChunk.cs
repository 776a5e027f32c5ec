using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Chat;

/// <summary>One event of a streamed chat completion.</summary>
internal record ChatCompletionChunk
{
    /// <summary>The same in every chunk.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of answer.</summary>
    public string Object { get; } = "chat.completion.chunk";

    /// <summary>Unix time in seconds, the same in every chunk.</summary>
    public required long Created { get; init; }

    /// <summary>The name that the request gave.</summary>
    public required string Model { get; init; }

    /// <summary>What is new; empty in the last chunk where it has usage or a report.</summary>
    public required IReadOnlyList<ChatChunkChoice> Choices { get; init; }

    /// <summary>The report, in the last chunk, where asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AlignmentAnswer? Alignment { get; init; }
}
