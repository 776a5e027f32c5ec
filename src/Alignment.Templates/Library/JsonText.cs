using System.Numerics;
using System.Text;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Python's <c>json.dumps</c>, whose spacing (<c>", "</c> and <c>": "</c>) models were trained on.</summary>
internal sealed class JsonText
{
    private const int MaxDepth = 64;
    private const int ContainerBytes = 256;

    private readonly RenderBudget _budget;
    private readonly TextBuilder _text;
    private readonly TemplateText? _indent;
    private readonly bool _ascii;
    private readonly bool _sorted;
    private readonly TemplateText _itemSeparator;
    private readonly TemplateText _keySeparator;

    private JsonText(RenderState state, BoundArguments arguments)
    {
        _budget = state.Budget;
        _text = new TextBuilder(_budget);
        _ascii = arguments.IsTrue(0);
        _indent = arguments.Get(1) switch
        {
            null => null,
            TemplateText text => text,
            _ => new TextBuilder(_budget).Repeat(TemplateText.Template(" "), arguments.Integer(1)).ToText(),
        };
        (_itemSeparator, _keySeparator) = arguments.Get(2) switch
        {
            null => (TemplateText.Template(_indent is null ? ", " : ","), TemplateText.Template(": ")),
            List<object?> and [TemplateText item, TemplateText key] => (item, key),
            _ => throw new ChatTemplateException("chat template: the separators of tojson are two strings"),
        };
        _sorted = arguments.IsTrue(3);
    }

    public static TemplateText Serialize(RenderState state, object? value, BoundArguments arguments)
    {
        var json = new JsonText(state, arguments);
        json.Append(value, 0);
        return json._text.ToText();
    }

    private void Append(object? value, int depth)
    {
        _budget.Step();
        if (depth > MaxDepth)
        {
            throw new ChatTemplateException("chat template: a value is nested too deeply for JSON");
        }

        switch (value)
        {
            case TemplateText text:
                AppendString(text);
                break;
            case List<object?> list:
                AppendAll("[", list, "]", depth, item => Append(item, depth + 1));
                break;
            case TemplateMap map:
                AppendAll("{", Entries(map), "}", depth, entry => AppendEntry(entry, depth + 1));
                break;
            default:
                _text.Append(Scalar(value));
                break;
        }
    }

    private string Scalar(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        double number when !double.IsFinite(number) => double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
        long or BigInteger or double => PythonText.Number(_budget, value),
        _ => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no JSON form"),
    };

    private List<KeyValuePair<object, object?>> Entries(TemplateMap map)
    {
        _budget.MakeList(map.Count);
        List<KeyValuePair<object, object?>> entries = [.. map.Entries];
        if (!_sorted)
        {
            return entries;
        }

        List<object?> pairs = entries.ConvertAll(entry => (object?)entry);
        return Ordering.Sort(_budget, pairs, pair => ((KeyValuePair<object, object?>)pair!).Key, reverse: false).ConvertAll(
            pair => (KeyValuePair<object, object?>)pair!);
    }

    private void AppendAll<T>(string open, List<T> items, string close, int depth, Action<T> append)
    {
        _budget.Make(ContainerBytes);
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _text.Append(i > 0 ? _itemSeparator : TemplateText.Empty);
            NewLine(depth + 1);
            append(items[i]);
        }

        if (items.Count > 0)
        {
            NewLine(depth);
        }

        _text.Append(close);
    }

    private void AppendEntry(KeyValuePair<object, object?> entry, int depth)
    {
        AppendString(entry.Key as TemplateText ?? TemplateText.Template(Scalar(entry.Key)));
        _text.Append(_keySeparator);
        Append(entry.Value, depth);
    }

    private void NewLine(int depth)
    {
        if (_indent is not null)
        {
            _text.Append("\n").Repeat(_indent, depth);
        }
    }

    private void AppendString(TemplateText value)
    {
        _text.Append("\"").AppendEscaped(value, Escape).Append("\"");
    }

    private string? Escape(Rune rune) => rune.Value switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{rune.Value:x4}",
        > '\x7e' when _ascii => string.Concat(rune.ToString().Select(half => $"\\u{(int)half:x4}")),
        _ => null,
    };
}
