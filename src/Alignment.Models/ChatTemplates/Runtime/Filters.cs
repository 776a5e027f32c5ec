using System.Globalization;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Jinja's filters that read one value; those over sequences are in <see cref="SequenceFilters"/>.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<object?, Arguments, object?>> s_filters = new()
    {
        ["abs"] = (value, _) => value switch { long n => (object)Math.Abs(n), double d => Math.Abs(d), _ => throw Misused("abs", value) },
        ["capitalize"] = (value, _) => StringMethods.Capitalize(PythonText.Str(value)),
        ["default"] = Default,
        ["d"] = Default,
        ["e"] = (value, _) => Escape(PythonText.Str(value)),
        ["escape"] = (value, _) => Escape(PythonText.Str(value)),
        ["float"] = (value, a) => ToFloat(value) ?? a.Get(0, "default", 0.0),
        ["indent"] = (value, a) => Indent(PythonText.Str(value), a),
        ["int"] = (value, a) => ToInteger(value) ?? a.Get(0, "default", 0L),
        ["items"] = (value, _) => value is TemplateMap map ? MapMethods.Items(map) : value is Undefined ? new List<object?>() : throw Misused("items", value),
        ["lower"] = (value, _) => PythonText.Str(value).ToLowerInvariant(),
        ["replace"] = (value, a) => StringMethods.Replace(PythonText.Str(value), a.Text(0, "old"), a.Text(1, "new"), a.Integer(2, "count", -1)),
        ["round"] = (value, a) => Math.Round(PythonValue.AsNumber(value) ?? throw Misused("round", value), (int)Math.Clamp(a.Integer(0, "precision", 0), 0, 15)),
        ["safe"] = (value, _) => value,
        ["string"] = (value, _) => PythonText.Str(value),
        ["title"] = (value, _) => StringMethods.Title(PythonText.Str(value)),
        ["tojson"] = JsonText.Serialize,
        ["trim"] = (value, a) => StringMethods.Strip(PythonText.Str(value), a.Get(0, "chars"), left: true, right: true),
        ["upper"] = (value, _) => PythonText.Str(value).ToUpperInvariant(),
        ["wordcount"] = (value, _) => (long)PythonText.Str(value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
    };

    /// <exception cref="ChatTemplateException">there is no such filter</exception>
    public static object? Apply(RenderState state, string name, object? value, Arguments arguments)
    {
        Func<object?, Arguments, object?>? filter = s_filters.GetValueOrDefault(name) ?? SequenceFilters.Find(state, name);
        if (filter is null)
        {
            throw new ChatTemplateException($"chat template: there is no filter '{name}'");
        }

        state.Budget.Charge(PythonValue.Size(value));
        object? result = filter(value, arguments);
        state.Budget.Charge(PythonValue.Size(result));
        return result;
    }

    public static ChatTemplateException Misused(string filter, object? value) =>
        new($"chat template: the filter '{filter}' does not take {PythonValue.TypeName(value)}");

    private static object? Default(object? value, Arguments arguments)
    {
        bool missing = value is Undefined || (PythonValue.IsTrue(arguments.Get(1, "boolean")) && !PythonValue.IsTrue(value));
        return missing ? arguments.Get(0, "default_value", "") : value;
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    private static string Indent(string text, Arguments arguments)
    {
        string margin = arguments.Get(0, "width", 4L) is string literal ? literal : new string(' ', (int)Math.Clamp(arguments.Integer(0, "width", 4), 0, 64));
        bool first = PythonValue.IsTrue(arguments.Get(1, "first"));
        bool blank = PythonValue.IsTrue(arguments.Get(2, "blank"));
        IEnumerable<string> lines = text.Split('\n').Select((line, i) => (i > 0 || first) && (line.Length > 0 || blank) ? margin + line : line);
        return string.Join('\n', lines);
    }

    private static object? ToInteger(object? value) => value switch
    {
        long => value,
        bool truth => truth ? 1L : 0L,
        double number when Math.Abs(number) < long.MaxValue => (long)number,
        string text when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) => number,
        string text when double.TryParse(text, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) < long.MaxValue => (long)number,
        _ => null,
    };

    private static object? ToFloat(object? value) =>
        PythonValue.AsNumber(value) ?? (value is string text && double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? number : null);
}
