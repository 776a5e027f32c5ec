using System.Text.Json;
using System.Text.Json.Serialization;
using Alignment.Decoding.Text;

namespace Alignment.Server.Contracts.Completions;

/// <summary>A string, an array of strings, an array of token ids, or an array of arrays of token ids.</summary>
internal sealed class PromptConverter : JsonConverter<IReadOnlyList<Prompt>>
{
    private const string Expected = "must be a string, an array of strings, an array of token ids, or an array of arrays of token ids";

    public override IReadOnlyList<Prompt> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement prompt = document.RootElement;
        return prompt.ValueKind switch
        {
            JsonValueKind.String => [new TextPrompt(prompt.GetString()!)],
            JsonValueKind.Array when prompt.GetArrayLength() == 0 => throw new ContractException("must not be empty"),
            JsonValueKind.Array when prompt[0].ValueKind == JsonValueKind.Number => [Tokens(prompt)],
            JsonValueKind.Array => [.. prompt.EnumerateArray().Select(Item)],
            _ => throw new ContractException(Expected),
        };
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<Prompt> value, JsonSerializerOptions options)
        => throw new NotSupportedException("Prompts are only read.");

    private static Prompt Item(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.String => new TextPrompt(item.GetString()!),
        JsonValueKind.Array => Tokens(item),
        _ => throw new ContractException(Expected),
    };

    private static TokenPrompt Tokens(JsonElement array) => new([.. array.EnumerateArray().Select(Token)]);

    private static int Token(JsonElement item)
        => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) ? id : throw new ContractException(Expected);
}
