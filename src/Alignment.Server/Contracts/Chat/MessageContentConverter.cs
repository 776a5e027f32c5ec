using System.Text.Json;
using System.Text.Json.Serialization;

namespace Alignment.Server.Contracts.Chat;

/// <summary>A string, or an array of <c>{"type": "text", "text": "..."}</c>, whose texts are joined by line breaks.</summary>
internal sealed class MessageContentConverter : JsonConverter<string>
{
    private const string Expected = "must be a string or an array of parts of the type \"text\"";

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.StartArray => string.Join('\n', ReadParts(ref reader)),
        _ => throw new ContractException(Expected),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    private static List<string> ReadParts(ref Utf8JsonReader reader)
    {
        using JsonDocument parts = JsonDocument.ParseValue(ref reader);
        return [.. parts.RootElement.EnumerateArray().Select(ReadPart)];
    }

    private static string ReadPart(JsonElement part)
        => part.ValueKind == JsonValueKind.Object
            && part.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("text")
            && part.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new ContractException(Expected);
}
