using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Alignment.Models.Json;

/// <summary>Says of a value that its contract cannot hold what is wanted there and what came.</summary>
public static class WrongType
{
    /// <summary>A sentence for a problem: <c>must be an integer, not a string</c>.</summary>
    /// <param name="json">The body, an object.</param>
    /// <param name="path">Where the value stands: <c>messages[0].role</c>.</param>
    /// <param name="contract">Of the body.</param>
    public static string Describe(ReadOnlySpan<byte> json, string path, JsonTypeInfo contract)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        JsonTypeInfo wanted = contract;
        foreach (string step in path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (Part(wanted, step) is not { } part || !TryEnter(ref reader, step))
            {
                return "has the wrong type";
            }

            wanted = part;
        }

        string came = JsonExcerpt.Of(JsonElement.ParseValue(ref reader));
        return $"must be {Wanted(wanted, isWhole: came.All(char.IsAsciiDigit))}, not {came}";
    }

    /// <summary>Of a whole number only the size can be wrong where an integer is wanted.</summary>
    private static string Wanted(JsonTypeInfo type, bool isWhole) => (Nullable.GetUnderlyingType(type.Type) ?? type.Type) switch
    {
        { } t when t == typeof(float) || t == typeof(double) => "a number",
        { } t when t == typeof(int) => isWhole ? "an integer of at most 32 bits" : "an integer",
        { } t when t == typeof(long) => isWhole ? "an integer of at most 64 bits" : "an integer",
        { } t when t == typeof(bool) => "true or false",
        { } t when t == typeof(string) => "a string",
        _ => type.Kind == JsonTypeInfoKind.Enumerable ? "an array" : "an object",
    };

    /// <summary>What a contract has under a name or at an index.</summary>
    private static JsonTypeInfo? Part(JsonTypeInfo type, string step)
    {
        Type? part = type.Kind == JsonTypeInfoKind.Object
            ? type.Properties.FirstOrDefault(property => property.Name == step)?.PropertyType
            : type.ElementType;
        return part is null ? null : type.Options.GetTypeInfo(part);
    }

    /// <summary>From an object or an array to the value under a name or at an index.</summary>
    private static bool TryEnter(ref Utf8JsonReader reader, string step)
    {
        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        for (int i = 0; reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray); i++)
        {
            bool found = isObject ? reader.ValueTextEquals(step) : $"{i}" == step;
            if ((!isObject || reader.Read()) && found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
