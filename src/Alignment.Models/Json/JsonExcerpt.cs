using System.Text.Json;

namespace Alignment.Models.Json;

/// <summary>
/// What a message says of a JSON value that somebody else wrote: numbers, true and false as they stand there; of all others the kind, for
/// texts may be long or secret.
/// </summary>
public static class JsonExcerpt
{
    private const int MaxShown = 60;

    /// <summary>Such as <c>1.5</c>, <c>a string</c>, <c>null</c>.</summary>
    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Number(value.GetRawText()),
        JsonValueKind.String => "a string",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => "null",
    };

    private static string Number(string text) => text.Length <= MaxShown ? text : $"{text[..MaxShown]}...";
}
