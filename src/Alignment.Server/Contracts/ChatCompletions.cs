using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts;

/// <summary>Body of POST /v1/chat/completions.</summary>
internal sealed record ChatCompletionRequest : GenerationBody
{
    /// <summary>The conversation, oldest turn first.</summary>
    public IReadOnlyList<ChatMessageBody>? Messages { get; init; }

    /// <summary>End the prompt with the opening of the assistant's turn; true unless the last message is continued. An extension.</summary>
    public bool? AddGenerationPrompt { get; init; }

    /// <summary>The response continues the last message instead of answering it, and begins behind it. An extension, as in vLLM.</summary>
    public bool? ContinueFinalMessage { get; init; }

    /// <summary>Longest response in tokens; the newer name of max_tokens, which may stand beside it with the same value only.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>Return the log-probability of each token under the aligned distribution.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>With logprobs: how many of the most probable tokens to return at each position; 0 to 20.</summary>
    public int? TopLogprobs { get; init; }
}

/// <summary>One turn of a conversation.</summary>
internal sealed record ChatMessageBody
{
    /// <summary>system, developer, user or assistant.</summary>
    public string? Role { get; init; }

    /// <summary>A string, or an array of text parts.</summary>
    [JsonConverter(typeof(MessageContentConverter))]
    public string? Content { get; init; }
}

/// <summary>A string, or an array of <c>{"type": "text", "text": "..."}</c>, whose texts are joined by line breaks.</summary>
internal sealed class MessageContentConverter : JsonConverter<string>
{
    private const string Expected = "a string or an array of parts of the type \"text\"";

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.StartArray => string.Join('\n', ReadParts(ref reader)),
        _ => throw ContractException.Wrong(Expected, ref reader),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    private static List<string> ReadParts(ref Utf8JsonReader reader)
    {
        List<string> texts = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.StartObject
                ? ReadPart(ref reader) : throw ContractException.Wrong(Expected, ref reader, within: true));
        }

        return texts;
    }

    private static string ReadPart(ref Utf8JsonReader reader)
    {
        bool isText = false;
        string? text = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("type"u8);
            bool isContent = reader.ValueTextEquals("text"u8);
            reader.Read();
            bool isString = reader.TokenType == JsonTokenType.String;
            isText |= isType && isString && reader.ValueTextEquals("text"u8);
            text = isContent && isString ? reader.GetString() : text;
            reader.Skip();
        }

        return isText && text is not null
            ? text : throw new ContractException($"must be {Expected}: {{\"type\": \"text\", \"text\": ...}}");
    }
}

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

/// <summary>One response.</summary>
/// <param name="Index">Which.</param>
/// <param name="Message">Its text.</param>
/// <param name="Logprobs">Where asked for.</param>
/// <param name="FinishReason">Why it ended.</param>
internal sealed record ChatChoice(int Index, AssistantMessage Message, ChatLogprobs? Logprobs, FinishReason? FinishReason);

/// <summary>The assistant's turn.</summary>
/// <param name="Role">assistant.</param>
/// <param name="Content">Its text.</param>
/// <param name="Refusal">Always null: nothing is refused in a field of its own.</param>
internal sealed record AssistantMessage(string Role, string Content, string? Refusal);

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

/// <summary>
/// A chunk of a stream with <c>include_usage</c>: <c>usage</c> is null but in the last chunk. Other streams lack the field.
/// </summary>
internal sealed record MeteredChatCompletionChunk : ChatCompletionChunk
{
    /// <summary>What the request cost.</summary>
    [JsonPropertyOrder(1)]
    public required Usage? Usage { get; init; }
}

/// <summary>What is new in one response.</summary>
/// <param name="Index">Which.</param>
/// <param name="Delta">The new text.</param>
/// <param name="Logprobs">Of the new tokens, where asked for.</param>
/// <param name="FinishReason">Null until the end.</param>
internal sealed record ChatChunkChoice(int Index, ChatDelta Delta, ChatLogprobs? Logprobs, FinishReason? FinishReason);

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

/// <summary>Log-probabilities under the aligned distribution: after guidance, before temperature and truncation.</summary>
/// <param name="Content">One for each token.</param>
/// <param name="Refusal">Always null.</param>
internal sealed record ChatLogprobs(IReadOnlyList<TokenLogprob> Content, IReadOnlyList<TokenLogprob>? Refusal);

/// <summary>One token of a response.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Natural logarithm; -9999 for the impossible.</param>
/// <param name="Bytes">Its bytes: a character may be spread over several tokens.</param>
/// <param name="TopLogprobs">The most probable tokens at this position.</param>
internal sealed record TokenLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<TopLogprob> TopLogprobs);

/// <summary>One of the most probable tokens at a position.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">Natural logarithm; -9999 for the impossible.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record TopLogprob(string Token, float Logprob, IReadOnlyList<int> Bytes);
