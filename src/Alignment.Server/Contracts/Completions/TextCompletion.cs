using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Completions;

/// <summary>Answer of POST /v1/completions, and, with fewer fields, each event of a streamed one.</summary>
internal record TextCompletion
{
    /// <summary>Unique; the same in every chunk.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of answer.</summary>
    public string Object { get; } = "text_completion";

    /// <summary>Unix time in seconds.</summary>
    public required long Created { get; init; }

    /// <summary>The name that the request gave.</summary>
    public required string Model { get; init; }

    /// <summary>The responses, or what is new in them.</summary>
    public required IReadOnlyList<TextChoice> Choices { get; init; }

    /// <summary>The report, where asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AlignmentAnswer? Alignment { get; init; }
}
