using System.Collections;
using System.Text.Json;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Copies a caller's values into the template's world, so that no template can change them or reach anything behind them.</summary>
internal static class Import
{
    public static object? Value(object? value) => value switch
    {
        null => null,
        string or bool or long or double => value,
        int number => (long)number,
        float number => (double)number,
        JsonElement json => Json(json),
        IReadOnlyDictionary<string, object?> map => Map(map),
        IEnumerable list => list.Cast<object?>().Select(Value).ToList(),
        _ => throw new ArgumentException($"a {value.GetType()} cannot be given to a chat template", nameof(value)),
    };

    private static TemplateMap Map(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var map = new TemplateMap();
        foreach ((string key, object? value) in entries)
        {
            map[key] = Value(value);
        }

        return map;
    }

    private static object? Json(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString() as object,
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        JsonValueKind.Number => json.TryGetInt64(out long number) ? (object)number : json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(Json).ToList(),
        JsonValueKind.Object => Map(json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, (object?)p.Value))),
        _ => null,
    };
}
