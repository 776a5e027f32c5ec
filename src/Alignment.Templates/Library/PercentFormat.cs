using System.Numerics;
using System.Text.RegularExpressions;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Python's <c>text % values</c>: <c>%s</c>, <c>%5.2f</c>, <c>%(name)d</c>.</summary>
internal static partial class PercentFormat
{
    private const int MatchBytes = 2000;

    public static TemplateText Apply(RenderState state, TemplateText format, object? values)
    {
        var text = new TextBuilder(state.Budget);
        List<object?> queue = values is TemplateTuple tuple ? tuple : [values];
        (int used, int kept) = (0, 0);
        for (int at = format.Value.IndexOf('%', StringComparison.Ordinal); at >= 0; at = format.Value.IndexOf('%', kept))
        {
            state.Budget.Make(MatchBytes + at - kept);
            text.Append(format, kept, at);
            Match directive = Directive().Match(format.Value, at, Math.Min(64, format.Length - at));
            Require(directive.Success, "a directive is not known or not complete");
            kept = at + directive.Length;
            if (directive.ValueSpan[^1] == '%')
            {
                text.Append("%");
                continue;
            }

            object? value = directive.Groups["name"].Success ? Named(state, values, directive.Groups["name"].Value) : Next(queue, ref used);
            text.Append(Field(state, directive, value));
        }

        Require(used == queue.Count || used == 0 && values is TemplateMap, "not all values are used");
        return text.Append(format, kept, format.Length).ToText();
    }

    private static TemplateText Field(RenderState state, Match directive, object? value)
    {
        string flags = directive.Groups["flags"].Value;
        char type = directive.ValueSpan[^1];
        bool isText = type is 's' or 'r' or 'a';
        object? shown = type switch
        {
            's' => PythonText.Str(state.Budget, value),
            'r' => PythonText.Repr(state.Budget, value),
            'c' when value is TemplateText { CodePoints: 1 } => value,
            'd' or 'i' or 'u' when value is double number && double.IsFinite(number) => Numbers.Normalize(new BigInteger(number)),
            _ when Numbers.IsNumber(value) => value is bool truth ? (truth ? 1L : 0L) : value,
            _ => throw new ChatTemplateException($"chat template: %{type} does not take {PythonValue.TypeName(value)}"),
        };
        bool left = flags.Contains('-', StringComparison.Ordinal);
        bool zero = flags.Contains('0', StringComparison.Ordinal) && !left && !isText;
        string sign = isText
            ? ""
            : flags.Contains('+', StringComparison.Ordinal)
            ? "+"
            : flags.Contains(' ', StringComparison.Ordinal)
            ? " "
            : "";
        string alternate = flags.Contains('#', StringComparison.Ordinal) && !isText ? "#" : "";
        string precision = directive.Groups["precision"].Value;
        bool takesPrecision = isText || type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G';
        Require(takesPrecision || precision.Length == 0, "a precision of an integer is not supported");
        precision = precision == "." ? ".0" : precision;
        string align = zero ? "" : left ? "<" : ">";
        string width = (zero ? "0" : "") + directive.Groups["width"].Value;
        string spec = $"{align}{sign}{alternate}{width}{precision}{Presented(type, shown)}";
        return FormatSpec.Parse(state.Budget, TemplateText.Template(spec)).Apply(state, shown);
    }

    private static string Presented(char type, object? shown) => type switch
    {
        's' or 'r' => "s",
        'c' => shown is TemplateText ? "s" : "c",
        'i' or 'u' => "d",
        _ => type.ToString(),
    };

    private static object? Named(RenderState state, object? values, string name)
    {
        TemplateMap map = values as TemplateMap ?? throw new ChatTemplateException("chat template: %(name) needs a mapping");
        return map.TryGet(state.Budget, TemplateText.Template(name), out object? value)
            ? value
            : throw new ChatTemplateException($"chat template: the mapping of % has no '{name}'");
    }

    private static object? Next(List<object?> queue, ref int used)
    {
        Require(used < queue.Count, "there are not enough values");
        return queue[used++];
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ChatTemplateException($"chat template: %: {problem}");
        }
    }

    [GeneratedRegex(
        @"\G%(?:\((?<name>[^()]*)\))?(?<flags>[-+ #0]*)(?<width>[0-9]*)(?<precision>\.[0-9]*)?[hlL]?[srdiufFeEgGxXoc%]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Directive();
}
