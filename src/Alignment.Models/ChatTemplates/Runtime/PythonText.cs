using System.Globalization;
using System.Text;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Python's <c>str()</c> and <c>repr()</c>, which is what <c>{{ value }}</c> prints.</summary>
internal static class PythonText
{
    private const int MaxDepth = 64;

    public static string Str(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    public static string Number(double value)
    {
        if (double.IsNaN(value) || double.IsInfinity(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        string digits = value.ToString("R", CultureInfo.InvariantCulture);
        int exponentAt = digits.IndexOf('E', StringComparison.Ordinal);
        if (exponentAt < 0)
        {
            return digits.Contains('.', StringComparison.Ordinal) ? digits : digits + ".0";
        }

        int exponent = int.Parse(digits.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return exponent == 15 // .NET turns to exponents one power of ten before Python does
            ? value.ToString("0.0", CultureInfo.InvariantCulture)
            : $"{digits[..exponentAt]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        if (depth > MaxDepth || text.Length > RenderBudget.MaxOutput)
        {
            throw new ChatTemplateException("chat template: a value is too large or nested too deeply to print");
        }

        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            case bool truth:
                text.Append(truth ? "True" : "False");
                break;
            case long number:
                text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            case double number:
                text.Append(Number(number));
                break;
            case string quoted:
                AppendQuoted(text, quoted);
                break;
            case TemplateTuple tuple:
                AppendAll(text, "(", tuple, tuple.Count == 1 ? ",)" : ")", depth);
                break;
            case List<object?> list:
                AppendAll(text, "[", list, "]", depth);
                break;
            case TemplateMap map:
                AppendMap(text, map, depth);
                break;
            default:
                text.Append('<').Append(PythonValue.TypeName(value)).Append('>');
                break;
        }
    }

    private static void AppendAll(StringBuilder text, string open, List<object?> items, string close, int depth)
    {
        text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i > 0 ? ", " : "");
            Append(text, items[i], depth + 1);
        }

        text.Append(close);
    }

    private static void AppendMap(StringBuilder text, TemplateMap map, int depth)
    {
        string separator = "{";
        foreach ((object key, object? value) in map.Entries)
        {
            text.Append(separator);
            Append(text, key, depth + 1);
            text.Append(": ");
            Append(text, value, depth + 1);
            separator = ", ";
        }

        text.Append(map.Count == 0 ? "{}" : "}");
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        char quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        foreach (char c in value)
        {
            _ = c switch
            {
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\\' => text.Append("\\\\"),
                _ when c == quote => text.Append('\\').Append(c),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }

        text.Append(quote);
    }
}
