using System.Text.Json;
using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts;

/// <summary>What requests to generate have in common. A field that is absent or null takes the profile's or the model's value.</summary>
internal abstract record GenerationBody
{
    /// <summary>A name of /v1/models: a model, or a model under a profile (<c>model:profile</c>).</summary>
    public string? Model { get; init; }

    /// <summary>0 takes the most probable token; 0 to 2.</summary>
    public float? Temperature { get; init; }

    /// <summary>Keep the smallest set of most probable tokens with this mass; above 0, at most 1.</summary>
    public float? TopP { get; init; }

    /// <summary>Keep the k most probable tokens; 0 is off. An extension.</summary>
    public int? TopK { get; init; }

    /// <summary>Keep tokens at least this fraction as probable as the most probable one; 0 to 1. An extension.</summary>
    public float? MinP { get; init; }

    /// <summary>Subtracted from tokens that occur in the response; -2 to 2.</summary>
    public float? PresencePenalty { get; init; }

    /// <summary>Subtracted once per occurrence in the response; -2 to 2.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>Divides the logits of tokens seen so far; 1 is off. An extension.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Added to the logits of single tokens, by id; -100 to 100.</summary>
    public Dictionary<int, float>? LogitBias { get; init; }

    /// <summary>The same seed and request give the same response, whatever else the server does. Absent: a new one each time.</summary>
    public long? Seed { get; init; }

    /// <summary>How many responses to return.</summary>
    public int? N { get; init; }

    /// <summary>Longest response in tokens.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Up to 4 texts that end a response.</summary>
    [JsonConverter(typeof(StopConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>Token ids that end a response, beside the model's own end tokens. An extension, as in vLLM.</summary>
    public IReadOnlyList<int>? StopTokenIds { get; init; }

    /// <summary>Whether the text or token that ended a response is part of it. An extension, as in vLLM.</summary>
    public bool? IncludeStopStrInOutput { get; init; }

    /// <summary>Fewest tokens of a response: until then nothing ends it. An extension, as in vLLM.</summary>
    public int? MinTokens { get; init; }

    /// <summary>
    /// Words that are not written, as the tokenizer writes them at a beginning or behind a space. An extension, as in vLLM.
    /// </summary>
    public IReadOnlyList<string?>? BadWords { get; init; }

    /// <summary>
    /// Return each token of the prompt with its log-probability under the frozen model, and so many likely ones; 0 to 20, not in a stream.
    /// An extension, as in vLLM.
    /// </summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Answer in server-sent events while the text is generated.</summary>
    public bool? Stream { get; init; }

    /// <summary>How the answer is streamed.</summary>
    public StreamOptions? StreamOptions { get; init; }

    /// <summary>Keep generating after an end-of-sequence token. An extension, for measurements.</summary>
    public bool? IgnoreEos { get; init; }

    /// <summary>How the answer is aligned while it is decoded. An extension; unknown fields and names in it are refused.</summary>
    public JsonElement? Alignment { get; init; }
}

/// <summary>How an answer is streamed.</summary>
/// <param name="IncludeUsage">End the stream with a chunk that has the usage and no choices.</param>
internal sealed record StreamOptions(bool? IncludeUsage);

/// <summary>One string, or an array of strings.</summary>
internal sealed class StopConverter : JsonConverter<IReadOnlyList<string>>
{
    private const string Expected = "a string or an array of strings";

    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return [reader.GetString()!];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw ContractException.Wrong(Expected, ref reader);
        }

        List<string> texts = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.String
                ? reader.GetString()! : throw ContractException.Wrong(Expected, ref reader, within: true));
        }

        return texts;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string text in value)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
