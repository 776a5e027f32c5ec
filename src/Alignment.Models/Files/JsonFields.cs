using System.Collections.Frozen;
using System.Text.Json;

namespace Alignment.Models.Files;

/// <summary>The fields of one JSON object of a file, each checked for type and range as it is read; null counts as absent.</summary>
public sealed class JsonFields(string path, JsonElement element, string prefix = "")
{
    private const int MaxShown = 20;

    /// <summary>Refuses fields that are not known; those that hold nothing (null, an empty list or object) may stay.</summary>
    /// <exception cref="InvalidDataException">There are some; the message lists them.</exception>
    public void RequireKnown(FrozenSet<string> known, string reason)
    {
        IEnumerable<JsonProperty> fields = element.EnumerateObject().Where(field => !known.Contains(field.Name) && !IsEmpty(field.Value));
        string[] unknown = [.. fields.Select(field => prefix + FileProblem.Shorten(field.Name))];
        if (unknown.Length > 0)
        {
            string more = unknown.Length > MaxShown ? $" and {unknown.Length - MaxShown} more" : "";
            throw FileProblem.Of(path, string.Join(", ", unknown.Take(MaxShown)) + more, reason);
        }
    }

    /// <summary>Whether the field is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>An integer in a range; <paramref name="otherwise"/> where the field is absent.</summary>
    /// <exception cref="InvalidDataException">It is something else, or out of range.</exception>
    public int Integer(string name, int minimum, int maximum, int? otherwise = null)
    {
        if (Find(name) is not { } field)
        {
            return otherwise ?? throw FileProblem.Of(path, prefix + name, "is missing");
        }

        bool valid = field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out int value) && value >= minimum && value <= maximum;
        return valid
            ? field.GetInt32()
            : throw FileProblem.Of(path, prefix + name, $"must be an integer from {minimum} to {maximum}, not {Show(field)}");
    }

    /// <summary>A number in a range; <paramref name="otherwise"/> where the field is absent.</summary>
    /// <exception cref="InvalidDataException">It is something else, or out of range.</exception>
    public double Number(string name, double minimum, double maximum, double? otherwise = null)
    {
        if (Find(name) is not { } field)
        {
            return otherwise ?? throw FileProblem.Of(path, prefix + name, "is missing");
        }

        bool valid = field.ValueKind == JsonValueKind.Number
            && field.TryGetDouble(out double value)
            && value >= minimum
            && value <= maximum;
        return valid
            ? field.GetDouble()
            : throw FileProblem.Of(path, prefix + name, $"must be a number from {minimum} to {maximum}, not {Show(field)}");
    }

    /// <summary>True or false.</summary>
    /// <exception cref="InvalidDataException">It is something else, or out of range.</exception>
    public bool Flag(string name, bool otherwise) => Find(name) is not { } field ? otherwise : field.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw FileProblem.Of(path, prefix + name, $"must be true or false, not {Show(field)}"),
    };

    /// <summary>A string, or null.</summary>
    /// <exception cref="InvalidDataException">It is something else, or out of range.</exception>
    public string? Text(string name) => Find(name) is not { } field ? null : field.ValueKind == JsonValueKind.String
        ? field.GetString()
        : throw FileProblem.Of(path, prefix + name, $"must be a string, not {Show(field)}");

    /// <summary>One integer or a list of them.</summary>
    public IReadOnlyList<int> Integers(string name, int minimum, int maximum)
    {
        if (Find(name) is not { } field)
        {
            return [];
        }

        JsonElement[] items = field.ValueKind == JsonValueKind.Array ? [.. field.EnumerateArray()] : [field];
        return items.All(
            item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int value) && value >= minimum && value <= maximum)
            ? [.. items.Select(item => item.GetInt32())]
            : throw FileProblem.Of(path, prefix + name, $"must hold integers from {minimum} to {maximum}, not {Show(field)}");
    }

    /// <summary>An object, or null.</summary>
    /// <exception cref="InvalidDataException">It is something else, or out of range.</exception>
    public JsonFields? Object(string name) => Find(name) is not { } field ? null : field.ValueKind == JsonValueKind.Object
        ? new JsonFields(path, field, $"{prefix}{name}.")
        : throw FileProblem.Of(path, prefix + name, $"must be an object, not {Show(field)}");

    /// <summary>A list of strings; empty where the field is absent.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public IReadOnlyList<string> Texts(string name)
    {
        if (Find(name) is not { } field)
        {
            return [];
        }

        return field.ValueKind == JsonValueKind.Array && field.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. field.EnumerateArray().Select(item => item.GetString()!)]
            : throw FileProblem.Of(path, prefix + name, "must be a list of strings");
    }

    /// <summary>A list of objects; empty where the field is absent.</summary>
    public IEnumerable<JsonFields> Objects(string name)
    {
        if (Find(name) is not { } field)
        {
            return [];
        }

        return field.ValueKind == JsonValueKind.Array && field.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? field.EnumerateArray().Select((item, i) => new JsonFields(path, item, $"{prefix}{name}[{i}]."))
            : throw FileProblem.Of(path, prefix + name, "must be a list of objects");
    }

    /// <summary>The field as it is, or null.</summary>
    public JsonElement? Raw(string name) => Find(name);

    /// <summary>A problem with one of the fields.</summary>
    public InvalidDataException Problem(string name, string reason) => FileProblem.Of(path, prefix + name, reason);

    private JsonElement? Find(string name) =>
        element.TryGetProperty(name, out JsonElement field) && field.ValueKind != JsonValueKind.Null ? field : null;

    private static bool IsEmpty(JsonElement field) => field.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => field.GetArrayLength() == 0,
        JsonValueKind.Object => field.GetPropertyCount() == 0,
        _ => false,
    };

    private static string Show(JsonElement field) => FileProblem.Shorten(field.GetRawText());
}
