using System.Numerics;
using System.Text;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>
/// Jinja's filters that read one value; those over sequences are in <see cref="SequenceFilters"/>. Markup does not exist here:
/// <c>safe</c> changes nothing and an escaped text does not escape what it is joined with.
/// </summary>
internal static class Filters
{
    private static readonly Dictionary<string, Builtin<object?>> s_filters = new(SequenceFilters.All)
    {
        ["abs"] = new("", (_, value, _) => Absolute(value)),
        ["attr"] = new("name", (state, value, a) => Members.Get(state, value, a.Text(0))),
        ["capitalize"] = new("", (state, value, _) => Casing.Capitalize(state.Budget, Str(state, value))),
        ["center"] = new("width?", (state, value, a) =>
            StringMethods.Center(state, Str(state, value), a.Integer(0, 80), TemplateText.Template(" "))),
        ["d"] = new("default_value? boolean?", Default),
        ["default"] = new("default_value? boolean?", Default),
        ["e"] = new("", (state, value, _) => Escape(state, value)),
        ["escape"] = new("", (state, value, _) => Escape(state, value)),
        ["float"] = new("default?", (state, value, a) => ToFloat(state, value) ?? a.Get(0, 0.0)),
        ["format"] = new("*", Format),
        ["indent"] = new("width? first? blank?", Indent),
        ["int"] = new("default? base?", (state, value, a) => ToInteger(state, value, a.Integer(1, 10)) ?? a.Get(0, 0L)),
        ["items"] = new("", Items),
        ["lower"] = new("", (state, value, _) => Casing.Lower(state.Budget, Str(state, value))),
        ["replace"] = new("old new count?", (state, value, a) =>
            StringMethods.Replace(state, Str(state, value), Str(state, a.Get(0)), Str(state, a.Get(1)), a.Optional(2) ?? -1)),
        ["round"] = new("precision? method?", Round),
        ["safe"] = new("", (_, value, _) => value),
        ["string"] = new("", (state, value, _) => Str(state, value)),
        ["title"] = new("", (state, value, _) => Casing.Words(state.Budget, Str(state, value))),
        ["tojson"] = new("ensure_ascii? indent? separators? sort_keys?", JsonText.Serialize),
        ["trim"] = new("chars?", (state, value, a) => StringMethods.Strip(state, Str(state, value), a.Get(0), left: true, right: true)),
        ["upper"] = new("", (state, value, _) => Casing.Upper(state.Budget, Str(state, value))),
        ["wordcount"] = new("", (state, value, _) => WordCount(state, Str(state, value))),
    };

    public static bool Exists(string name) => s_filters.ContainsKey(name);

    /// <exception cref="ChatTemplateException">there is no such filter</exception>
    public static object? Apply(RenderState state, string name, object? value, Arguments arguments) =>
        s_filters.TryGetValue(name, out Builtin<object?>? filter)
            ? filter.Invoke(state, name, value, arguments)
            : throw new ChatTemplateException($"chat template: there is no filter '{name}'");

    public static ChatTemplateException Misused(string filter, object? value) =>
        new($"chat template: the filter '{filter}' does not take {PythonValue.TypeName(value)}");

    private static TemplateText Str(RenderState state, object? value) => PythonText.Str(state.Budget, value);

    private static object? Absolute(object? value) => value switch
    {
        double number => Math.Abs(number),
        _ when Numbers.IsInteger(value) => Numbers.Normalize(BigInteger.Abs(Numbers.ToInteger(value))),
        _ => throw Misused("abs", value),
    };

    private static object? Default(RenderState state, object? value, BoundArguments arguments)
    {
        bool missing = value is Undefined || (arguments.IsTrue(1) && !PythonValue.IsTrue(value));
        return missing ? arguments.Get(0, TemplateText.Empty) : value;
    }

    private static TemplateText Escape(RenderState state, object? value) =>
        new TextBuilder(state.Budget).AppendEscaped(Str(state, value), rune => rune.Value switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&#34;",
        '\'' => "&#39;",
        _ => null,
    }).ToText();

    private static TemplateText Format(RenderState state, object? value, BoundArguments arguments)
    {
        Arguments given = arguments.Given;
        if (given.Named.Count > 0 && given.Positional.Count > 0)
        {
            throw new ChatTemplateException("chat template: the filter 'format' takes positional or named arguments, not both");
        }

        var named = new TemplateMap();
        MapMethods.Update(state, named, given.Named.Count > 0 ? given : Arguments.None);
        return PercentFormat.Apply(state, Str(state, value), given.Named.Count > 0 ? named : new TemplateTuple(given.Positional));
    }

    private static TemplateText Indent(RenderState state, object? value, BoundArguments arguments)
    {
        TemplateText margin = arguments.Get(0) as TemplateText
            ?? new TextBuilder(state.Budget).Repeat(TemplateText.Template(" "), arguments.Integer(0, 4)).ToText();
        TemplateText ended = TemplateText.Concat(state.Budget, Str(state, value), TemplateText.Template("\n"));
        List<object?> lines = Splitting.Lines(state, ended, keepEnds: false);
        var text = new TextBuilder(state.Budget);
        for (int i = 0; i < lines.Count; i++)
        {
            TemplateText line = (TemplateText)lines[i]!;
            bool indented = i == 0 ? arguments.IsTrue(1) : line.Length > 0 || arguments.IsTrue(2);
            text.Append(i > 0 ? "\n" : "").Append(indented ? margin : TemplateText.Empty).Append(line);
        }

        return text.ToText();
    }

    private static List<object?> Items(RenderState state, object? value, BoundArguments arguments) => value switch
    {
        TemplateMap map => MapMethods.Items(state, map),
        Undefined => [],
        _ => throw Misused("items", value),
    };

    /// <summary>"common" rounds half to even, as Python does.</summary>
    private static object? Round(RenderState state, object? value, BoundArguments arguments)
    {
        if (!Numbers.IsNumber(value))
        {
            throw Misused("round", value);
        }

        state.Budget.Make(4000);
        int places = (int)Math.Clamp(arguments.Integer(0), -1000, 1000);
        double scale = Math.Pow(10, places);
        return (arguments.Get(1) as TemplateText)?.Value switch
        {
            null or "common" when Numbers.IsInteger(value) => RoundInteger(Numbers.ToInteger(value), places),
            null or "common" => NumberFormat.Round((double)value!, places),
            "ceil" => Math.Ceiling(Numbers.ToDouble(value) * scale) / scale,
            "floor" => Math.Floor(Numbers.ToDouble(value) * scale) / scale,
            _ => throw new ChatTemplateException($"chat template: round has no method {PythonText.Brief(arguments.Get(1))}"),
        };
    }

    private static object RoundInteger(BigInteger value, int places)
    {
        if (places >= 0)
        {
            return Numbers.Normalize(value);
        }

        var unit = BigInteger.Pow(10, -places);
        var quotient = BigInteger.DivRem(value, unit, out BigInteger rest);
        int half = BigInteger.Abs(rest * 2).CompareTo(unit);
        bool up = half > 0 || (half == 0 && !quotient.IsEven);
        return Numbers.Normalize((quotient + (up ? rest.Sign : 0)) * unit);
    }

    private static object? ToInteger(RenderState state, object? value, long radix)
    {
        switch (value)
        {
            case double number:
                return Whole(number);
            case TemplateText text:
                state.Budget.Make((6L * text.Length) + (Math.Min(text.Length, Numbers.MaxBits) * 256L));
                return Numbers.Parse(text.Value, Radix(radix)) ?? (Numbers.ParseFloat(text.Value) is double parsed ? Whole(parsed) : null);
            default:
                return Numbers.IsInteger(value) ? Numbers.Normalize(Numbers.ToInteger(value)) : null;
        }
    }

    private static object? Whole(double number) => double.IsFinite(number) ? Numbers.Normalize(new BigInteger(number)) : null;

    private static int Radix(long radix) => radix is >= 2 and <= 36
        ? (int)radix
        : throw new ChatTemplateException("chat template: int: the base must be 2 to 36");

    private static object? ToFloat(RenderState state, object? value)
    {
        if (value is TemplateText text)
        {
            state.Budget.Make(8L * text.Length);
            return Numbers.ParseFloat(text.Value);
        }

        return Numbers.IsNumber(value) ? Numbers.ToDouble(value) : null;
    }

    private static long WordCount(RenderState state, TemplateText text)
    {
        state.Budget.Read(4L * text.Length);
        (long count, bool inside) = (0, false);
        foreach (Rune rune in text.Value.EnumerateRunes())
        {
            bool part = Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune) || rune.Value == '_';
            count += part && !inside ? 1 : 0;
            inside = part;
        }

        return count;
    }
}
