using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace Alignment.Hosting.Options;

/// <summary>
/// A configuration section as the JSON it was written as: configuration keeps every value as text and every list as numbered keys.
/// </summary>
internal static class ConfigurationJson
{
    public static JsonElement Of(IConfigurationSection section) => JsonSerializer.SerializeToElement(Node(section));

    private static JsonNode? Node(IConfigurationSection section)
    {
        IConfigurationSection[] children = [.. section.GetChildren()];
        if (children.Length == 0)
        {
            return Value(section.Value);
        }

        if (children.All(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return new JsonArray([.. children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)).Select(Node)]);
        }

        return new JsonObject(children.Select(child => KeyValuePair.Create(child.Key, Node(child))));
    }

    private static JsonNode? Value(string? text)
    {
        if (bool.TryParse(text, out bool truth))
        {
            return truth;
        }

        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        return isNumber && double.IsFinite(number) ? Number(number) : (JsonNode?)text;
    }

    private static JsonNode Number(double number) =>
        number == Math.Truncate(number) && Math.Abs(number) < int.MaxValue ? (int)number : number;
}
