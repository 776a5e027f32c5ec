using System.Globalization;
using System.Text;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Python's <c>json.dumps</c>, whose spacing (<c>", "</c> and <c>": "</c>) models were trained on.</summary>
internal sealed class JsonText
{
    private const int MaxDepth = 64;

    private readonly StringBuilder _text = new();
    private readonly string? _indent;
    private readonly bool _ascii;
    private readonly bool _sorted;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;

    private JsonText(Arguments arguments)
    {
        _indent = arguments.Get(0, "indent") switch
        {
            long spaces => new string(' ', (int)Math.Clamp(spaces, 0, 32)),
            string text => text,
            _ => null,
        };
        _ascii = PythonValue.IsTrue(arguments.Get(1, "ensure_ascii"));
        _sorted = PythonValue.IsTrue(arguments.Get(3, "sort_keys"));
        (_itemSeparator, _keySeparator) = arguments.Get(2, "separators") is List<object?> { Count: 2 } pair
            ? (PythonText.Str(pair[0]), PythonText.Str(pair[1]))
            : (_indent is null ? ", " : ",", ": ");
    }

    public static string Serialize(object? value, Arguments options)
    {
        var json = new JsonText(options);
        json.Append(value, 0);
        return json._text.ToString();
    }

    private void Append(object? value, int depth)
    {
        if (depth > MaxDepth || _text.Length > RenderBudget.MaxOutput)
        {
            throw new ChatTemplateException("chat template: a value is too large or nested too deeply for JSON");
        }

        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case bool truth:
                _text.Append(truth ? "true" : "false");
                break;
            case long number:
                _text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            case double number:
                _text.Append(PythonText.Number(number));
                break;
            case string text:
                AppendString(text);
                break;
            case List<object?> list:
                AppendAll('[', list, ']', depth, item => Append(item, depth + 1));
                break;
            case TemplateMap map:
                IEnumerable<KeyValuePair<object, object?>> entries = _sorted ? map.Entries.OrderBy(e => PythonText.Str(e.Key), StringComparer.Ordinal) : map.Entries;
                AppendAll('{', entries.ToList(), '}', depth, entry => AppendEntry(entry, depth + 1));
                break;
            default:
                throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no JSON form");
        }
    }

    private void AppendAll<T>(char open, List<T> items, char close, int depth, Action<T> append)
    {
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _text.Append(i > 0 ? _itemSeparator : "");
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
        AppendString(entry.Key as string ?? PythonText.Str(entry.Key));
        _text.Append(_keySeparator);
        Append(entry.Value, depth);
    }

    private void NewLine(int depth)
    {
        if (_indent is null)
        {
            return;
        }

        _text.Append('\n');
        for (int i = 0; i < depth; i++)
        {
            _text.Append(_indent);
        }
    }

    private void AppendString(string value)
    {
        _text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                < ' ' => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '\x7e' when _ascii => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
