using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Chat;

/// <summary>Answer of POST /v1/chat/completions.</summary>
internal sealed record ChatCompletion
{
    /// <summary>Unique.</summary>
    public required string Id { get; init; }

    /// <summary>The kind of answer.</summary>
    public string Object { get; } = "chat.completion";

    /// <summary>Unix time in seconds.</summary>
    public required long Created { get; init; }

    /// <summary>The name that the request gave.</summary>
    public required string Model { get; init; }

    /// <summary>The responses.</summary>
    public required IReadOnlyList<ChatChoice> Choices { get; init; }

    /// <summary>What it cost.</summary>
    public required Usage? Usage { get; init; }

    /// <summary>Where asked for: the prompt's tokens, each with the likely ones at its position, by id; null for the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?>? PromptLogprobs { get; init; }

    /// <summary>The report, where asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AlignmentAnswer? Alignment { get; init; }
}
