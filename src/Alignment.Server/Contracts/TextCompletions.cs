using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;

namespace Alignment.Server.Contracts;

/// <summary>Body of POST /v1/completions.</summary>
internal sealed record CompletionRequest : GenerationBody
{
    /// <summary>What to continue: a string, an array of strings, an array of token ids, or an array of such arrays.</summary>
    [JsonConverter(typeof(PromptConverter))]
    public IReadOnlyList<Prompt>? Prompt { get; init; }

    /// <summary>Return the prompt in front of the response.</summary>
    public bool? Echo { get; init; }

    /// <summary>How many of the most probable tokens to return at each position, with the token's own log-probability; 0 to 5.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Only 1 or n: ranking by reward is <c>alignment.search</c>.</summary>
    public int? BestOf { get; init; }
}

/// <summary>A string, an array of strings, an array of token ids, or an array of arrays of token ids.</summary>
internal sealed class PromptConverter : JsonConverter<IReadOnlyList<Prompt>>
{
    private const string Expected = "a string, an array of strings, an array of token ids, or an array of arrays of token ids";

    public override IReadOnlyList<Prompt> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType switch
        {
            JsonTokenType.String => [Text(ref reader)],
            JsonTokenType.StartArray => ReadArray(ref reader),
            _ => throw ContractException.Wrong(Expected, ref reader),
        };

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<Prompt> value, JsonSerializerOptions options)
        => throw new NotSupportedException("Prompts are only read.");

    private static List<Prompt> ReadArray(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
        {
            return [Tokens(ref reader)];
        }

        List<Prompt> prompts = [];
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            prompts.Add(reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader),
                JsonTokenType.StartArray when reader.Read() => Tokens(ref reader),
                _ => throw ContractException.Wrong(Expected, ref reader, within: true),
            });
        }

        return prompts.Count > 0 ? prompts : throw new ContractException("must not be empty");
    }

    private static TextPrompt Text(ref Utf8JsonReader reader) => new(reader.GetString()!);

    /// <summary>From the first id, or the end of the array, to its end.</summary>
    private static TokenPrompt Tokens(ref Utf8JsonReader reader)
    {
        List<int> ids = [];
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            ids.Add(Token(ref reader));
        }

        return new TokenPrompt(ids);
    }

    private static int Token(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int id)
            ? id : throw ContractException.Wrong("token ids, which are integers", ref reader);
}

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

/// <summary>
/// A completion with its usage. In a stream with <c>include_usage</c> it is null but in the last chunk; other streams lack the field.
/// </summary>
internal sealed record MeteredTextCompletion : TextCompletion
{
    /// <summary>What the request cost.</summary>
    [JsonPropertyOrder(1)]
    public required Usage? Usage { get; init; }
}

/// <summary>One response, or what is new in it.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Index">Which: n of them for each prompt, prompt by prompt.</param>
/// <param name="Logprobs">Where asked for.</param>
/// <param name="FinishReason">Why it ended; null before.</param>
internal sealed record TextChoice(string Text, int Index, TextLogprobs? Logprobs, FinishReason? FinishReason)
{
    /// <summary>Where asked for: the prompt's tokens, each with the likely ones at its position, by id; null for the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?>? PromptLogprobs { get; init; }
}

/// <summary>Log-probabilities under the aligned distribution, column by column.</summary>
/// <param name="Tokens">Texts of the tokens.</param>
/// <param name="TokenLogprobs">Their natural logarithms; null for the first token of an echoed prompt.</param>
/// <param name="TopLogprobs">The most probable tokens at each position.</param>
/// <param name="TextOffset">Where each token begins in the text, in characters.</param>
internal sealed record TextLogprobs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<float?> TokenLogprobs,
    IReadOnlyList<IReadOnlyDictionary<string, float>?> TopLogprobs,
    IReadOnlyList<int> TextOffset);
