using System.Globalization;
using System.Text.Json;

namespace Alignment.Training.Data.Rows;

/// <summary>
/// The fields of one row by name. Everything that reads a field throws a <see cref="RowException"/> that names the column where it is not
/// as expected.
/// </summary>
internal sealed class DataRow(JsonElement fields, IReadOnlyDictionary<string, string> columns)
{
    private static readonly string[] s_roles = [Turn.System, Turn.User, Turn.Assistant];

    /// <summary>Names of the columns that are there.</summary>
    public IEnumerable<string> Columns => fields.EnumerateObject().Select(column => column.Name);

    /// <summary>Whether there is such a field, and not null.</summary>
    public bool Has(string field) => fields.TryGetProperty(Column(field), out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement Value(string field) =>
        Has(field) ? fields.GetProperty(Column(field)) : throw new RowException($"'{Column(field)}' is missing");

    public bool IsText(string field) => Value(field).ValueKind == JsonValueKind.String;

    public string Text(string field) => Text(Value(field), Column(field));

    /// <summary>A number, in tables as text.</summary>
    public double Number(string field) => Value(field) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out double number) => number,
        { ValueKind: JsonValueKind.String } value
            when double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => throw Problem(field, "a number"),
    };

    /// <summary>true or false, 1 or 0, also as text.</summary>
    public bool Flag(string field) => Value(field).ToString().Trim().ToUpperInvariant() switch
    {
        "TRUE" or "1" => true,
        "FALSE" or "0" => false,
        _ => throw Problem(field, "true or false"),
    };

    /// <summary>A list of objects with <c>role</c> and <c>content</c>, as alternating turns.</summary>
    public IReadOnlyList<Turn> Messages(string field)
    {
        JsonElement list = Value(field);
        return list.ValueKind == JsonValueKind.Array
            ? Conversation.Alternate(list.EnumerateArray().Select((message, i) => Message(message, Element(field, i))))
            : throw Problem(field, "a list of messages");
    }

    /// <summary>Whether the field is a list that begins with a text.</summary>
    public bool IsTexts(string field) =>
        Value(field) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.String;

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string field) =>
        [.. Value(field).EnumerateArray().Select((text, i) => Text(text, Element(field, i)))];

    /// <summary>Of an object, or of each object of a list, the text under a name.</summary>
    public IReadOnlyList<string> Texts(string field, string name)
    {
        JsonElement value = Value(field);
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select((element, i) => Member(element, Element(field, i), name))]
            : [Member(value, Column(field), name)];
    }

    public RowException Problem(string field, string expected) => new($"'{Column(field)}' is {Describe(Value(field))}, not {expected}");

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    private string Column(string field) => columns.GetValueOrDefault(field, field);

    private static Turn Message(JsonElement message, string place)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            throw new RowException($"'{place}' is {Describe(message)}, not a message");
        }

        string role = Field("role");
        return s_roles.Contains(role)
            ? new Turn(role, Field("content"))
            : throw new RowException($"'{place}.role' is '{role}', not one of {string.Join(", ", s_roles)}");

        string Field(string name) => Member(message, place, name);
    }

    private string Element(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{Column(field)}[{index}]");

    private static string Member(JsonElement value, string place, string name) =>
        value.ValueKind != JsonValueKind.Object ? throw new RowException($"'{place}' is {Describe(value)}, not an object")
            : value.TryGetProperty(name, out JsonElement member) ? Text(member, $"{place}.{name}")
            : throw new RowException($"'{place}.{name}' is missing");

    /// <summary>A string; lone surrogates, which JSON can spell and UTF-8 cannot, are refused.</summary>
    private static string Text(JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new RowException($"'{name}' is {Describe(value)}, not a text");
        }
        catch (InvalidOperationException)
        {
            throw new RowException($"'{name}' holds half of a surrogate pair");
        }
    }
}
