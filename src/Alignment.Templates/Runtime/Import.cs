using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Alignment.Templates.Limits;
using Alignment.Templates.Values;

namespace Alignment.Templates.Runtime;

/// <summary>
/// Copies a caller's values into the template's world, so that no template can change them or reach anything behind them. Every text is the
/// client's, except what the model's own files name (<c>bos_token</c> and its like) and the word under <c>role</c>, of which templates make
/// control tokens.
/// </summary>
internal sealed class Import(RenderBudget budget)
{
    private const string Role = "role";
    private const string TokenSuffix = "_token";

    public object? Variable(string name, object? value) => name.EndsWith(TokenSuffix, StringComparison.Ordinal) && value is string token
        ? TemplateText.Template(token)
        : Value(value);

    private object? Value(object? value)
    {
        budget.Earn(values: 1, characters: 0);
        return value switch
        {
            null => null,
            string text => Text(text),
            bool or long or double => value,
            int number => (long)number,
            float number => (double)number,
            JsonElement json => Json(json),
            IReadOnlyDictionary<string, object?> map => Map(map),
            IEnumerable list => list.Cast<object?>().Select(Value).ToList(),
            _ => throw new ArgumentException($"a {value.GetType()} cannot be given to a chat template", nameof(value)),
        };
    }

    private TemplateText Text(string text)
    {
        budget.Earn(values: 0, text.Length);
        return TemplateText.FromClient(text);
    }

    private TemplateMap Map(IEnumerable<KeyValuePair<string, object?>> entries)
    {
        var map = new TemplateMap();
        foreach ((string key, object? value) in entries)
        {
            object? imported = Value(value);
            bool isRole = key == Role
                && imported is TemplateText { Value: var word }
                && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
            map.Set(budget, Text(key), isRole ? TemplateText.Template(((TemplateText)imported!).Value) : imported);
        }

        return map;
    }

    private object? Json(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Text(json.GetString()!),
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        JsonValueKind.Number => Number(json),
        JsonValueKind.Array => json.EnumerateArray().Select(item => Value(item)).ToList(),
        JsonValueKind.Object => Map(json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, (object?)p.Value))),
        _ => null,
    };

    private static object Number(JsonElement json)
    {
        if (json.TryGetInt64(out long number))
        {
            return number;
        }

        string digits = json.GetRawText();
        return digits.Length <= Numbers.MaxBits / 4
            && BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger large)
            ? Numbers.Normalize(large)
            : json.GetDouble();
    }
}
