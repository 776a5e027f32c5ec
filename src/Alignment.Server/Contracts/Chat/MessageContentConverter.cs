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
        List<string> texts = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.StartObject ? ReadPart(ref reader) : throw new ContractException(Expected));
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

        return isText && text is not null ? text : throw new ContractException(Expected);
    }
}
