using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Requests;

namespace Alignment.Server.Contracts.Completions;

/// <summary>A string, an array of strings, an array of token ids, or an array of arrays of token ids.</summary>
internal sealed class PromptConverter : JsonConverter<IReadOnlyList<Prompt>>
{
    private const string Expected = "must be a string, an array of strings, an array of token ids, or an array of arrays of token ids";

    public override IReadOnlyList<Prompt> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType switch
        {
            JsonTokenType.String => [Text(ref reader)],
            JsonTokenType.StartArray => ReadArray(ref reader),
            _ => throw new ContractException(Expected),
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
                _ => throw new ContractException(Expected),
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
        => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int id) ? id : throw new ContractException(Expected);
}
