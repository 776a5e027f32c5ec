using System.Globalization;
using System.Numerics;
using System.Text;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>Python's <c>str()</c> and <c>repr()</c>, which is what <c>{{ value }}</c> prints.</summary>
internal static class PythonText
{
    private const int MaxDepth = 64;

    public static TemplateText Str(RenderBudget budget, object? value) => value switch
    {
        TemplateText text => text,
        Undefined => TemplateText.Empty,
        _ => Repr(budget, value),
    };

    public static TemplateText Repr(RenderBudget budget, object? value)
    {
        var text = new TextBuilder(budget);
        Append(budget, text, value, 0);
        return text.ToText();
    }

    /// <summary>For error messages, cut short.</summary>
    public static string Brief(object? value)
    {
        const int MaxLength = 60;
        return value switch
        {
            TemplateText { Length: > MaxLength } text => $"'{text.Value.AsSpan(0, MaxLength)}...'",
            TemplateText text => $"'{text}'",
            long or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
            _ => PythonValue.TypeName(value),
        };
    }

    /// <summary>Digits of a number that is no text of anybody; JSON spells the same.</summary>
    public static string Number(RenderBudget budget, object number)
    {
        budget.Make(64);
        return number switch
        {
            double value => Number(value),
            BigInteger value => Long(budget, value),
            _ => ((long)number).ToString(CultureInfo.InvariantCulture),
        };
    }

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>The shortest digits that read back as the same double; an exponent below 1e-4 and from 1e16 on.</summary>
    private static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // .NET has the same shortest digits but turns to exponents at other places.
        string[] parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int point = parts[0].IndexOf('.', StringComparison.Ordinal) is var at && at < 0 ? parts[0].Length : at;
        point += parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        string significant = digits.TrimStart('0');
        point -= digits.Length - significant.Length;
        string sign = double.IsNegative(value) ? "-" : "";
        return value == 0 ? $"{sign}0.0" : sign + Spell(significant.TrimEnd('0'), point);
    }

    /// <summary>The digits with a point before position <paramref name="point"/>.</summary>
    private static string Spell(string digits, int point)
    {
        if (point is > 16 or < -3)
        {
            string fraction = digits.Length > 1 ? $".{digits[1..]}" : "";
            return $"{digits[0]}{fraction}e{(point > 0 ? '+' : '-')}{Math.Abs(point - 1):00}";
        }

        string whole = point > 0 ? digits.PadRight(point, '0')[..point] : "0";
        string rest = point >= digits.Length ? "0" : new string('0', Math.Max(0, -point)) + digits[Math.Max(0, point)..];
        return $"{whole}.{rest}";
    }

    private static string Long(RenderBudget budget, BigInteger value)
    {
        Numbers.Charge(budget, value.GetBitLength(), value.GetBitLength());
        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static void Append(RenderBudget budget, TextBuilder text, object? value, int depth)
    {
        budget.Step();
        if (depth > MaxDepth)
        {
            throw new ChatTemplateException("chat template: a value is nested too deeply to print");
        }

        _ = value switch
        {
            null => text.Append("None"),
            Undefined => text.Append("Undefined"),
            bool truth => text.Append(truth ? "True" : "False"),
            long or BigInteger or double => text.Append(Number(budget, value)),
            TemplateText quoted => AppendQuoted(text, quoted),
            TemplateTuple tuple => AppendAll(budget, text, "(", tuple, tuple.Count == 1 ? ",)" : ")", depth),
            List<object?> list => AppendAll(budget, text, "[", list, "]", depth),
            TemplateMap map => AppendMap(budget, text, map, depth),
            _ => text.Append($"<{PythonValue.TypeName(value)}>"),
        };
    }

    private static TextBuilder AppendAll(RenderBudget budget, TextBuilder text, string open, List<object?> items, string close, int depth)
    {
        text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i > 0 ? ", " : "");
            Append(budget, text, items[i], depth + 1);
        }

        return text.Append(close);
    }

    private static TextBuilder AppendMap(RenderBudget budget, TextBuilder text, TemplateMap map, int depth)
    {
        string separator = "{";
        foreach ((object key, object? value) in map.Entries)
        {
            text.Append(separator);
            Append(budget, text, key, depth + 1);
            text.Append(": ");
            Append(budget, text, value, depth + 1);
            separator = ", ";
        }

        return text.Append(map.Count == 0 ? "{}" : "}");
    }

    private static TextBuilder AppendQuoted(TextBuilder text, TemplateText value)
    {
        char quote = value.Value.Contains('\'', StringComparison.Ordinal) && !value.Value.Contains('"', StringComparison.Ordinal)
            ? '"'
            : '\'';
        text.Append(quote.ToString());
        text.AppendEscaped(value, rune => Escape(rune, quote));
        return text.Append(quote.ToString());
    }

    private static string? Escape(Rune rune, char quote) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\\' => "\\\\",
        _ when rune.Value == quote => $"\\{quote}",
        >= ' ' and < '\x7f' => null,
        _ when IsPrintable(rune) => null,
        < 0x100 => $"\\x{rune.Value:x2}",
        < 0x10000 => $"\\u{rune.Value:x4}",
        _ => $"\\U{rune.Value:x8}",
    };

    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control
            or UnicodeCategory.Format
            or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
