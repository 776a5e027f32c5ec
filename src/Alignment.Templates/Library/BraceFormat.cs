using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>
/// Python's <c>str.format</c>: <c>{}</c>, <c>{0}</c>, <c>{name.attribute[key]!r:spec}</c>. Fields reach what expressions reach.
/// </summary>
internal sealed class BraceFormat
{
    private const int MaxNesting = 2;
    private const int PartBytes = 200;

    private readonly RenderState _state;
    private readonly Arguments _arguments;
    private int _automatic;

    private BraceFormat(RenderState state, Arguments arguments) => (_state, _arguments) = (state, arguments);

    public static TemplateText Apply(RenderState state, TemplateText format, Arguments arguments) =>
        new BraceFormat(state, arguments).Expand(format, MaxNesting);

    private TemplateText Expand(TemplateText format, int nesting)
    {
        var text = new TextBuilder(_state.Budget);
        string all = format.Value;
        for (int at = 0; at < all.Length;)
        {
            char c = all[at];
            if (c is '{' or '}' && at + 1 < all.Length && all[at + 1] == c)
            {
                text.Append(format, at, at + 1);
                at += 2;
            }
            else if (c == '{' && nesting > 0)
            {
                int end = Close(all, at);
                text.Append(Field(format.Slice(_state.Budget, at + 1, end), nesting));
                at = end + 1;
            }
            else
            {
                Require(c is not ('{' or '}'), "a brace stands alone or too deep");
                int next = all.AsSpan(at).IndexOfAny('{', '}');
                next = next < 0 ? all.Length : at + next;
                text.Append(format, at, next);
                at = next;
            }
        }

        return text.ToText();
    }

    private TemplateText Field(TemplateText field, int nesting)
    {
        string all = field.Value;
        int brackets = 0;
        int end = 0;
        while (end < all.Length && (brackets > 0 || all[end] is not ('!' or ':')))
        {
            brackets += all[end] switch { '[' => 1, ']' => -1, _ => 0 };
            end++;
        }

        object? value = Value(all[..end]);
        int spec = end;
        if (end < all.Length && all[end] == '!')
        {
            Require(end + 1 < all.Length && (end + 2 == all.Length || all[end + 2] == ':'), "a conversion is one letter");
            value = Converted(value, all[end + 1]);
            spec = end + 2;
        }

        TemplateText how = spec < all.Length ? Expand(field.Slice(_state.Budget, spec + 1, all.Length), nesting - 1) : TemplateText.Empty;
        return FormatSpec.Parse(_state.Budget, how).Apply(_state, value);
    }

    private TemplateText Converted(object? value, char conversion) => conversion switch
    {
        's' => PythonText.Str(_state.Budget, value),
        'r' => PythonText.Repr(_state.Budget, value),
        _ => throw new ChatTemplateException($"chat template: format: the conversion !{conversion} is not known"),
    };

    /// <summary>The first name is an argument, the rest its attributes and elements.</summary>
    private object? Value(string path)
    {
        int end = EndOfName(path, 0);
        object? value = Argument(path[..end]);
        while (end < path.Length)
        {
            _state.Budget.Step();
            _state.Budget.Make(PartBytes);
            bool element = path[end] == '[';
            int close = element ? path.IndexOf(']', end) : EndOfName(path, end + 1);
            Require(close > end + 1, "a path is not complete");
            string part = path[(end + 1)..close];
            value = element
                ? Members.GetElement(_state, value, long.TryParse(part, out long index) ? index : TemplateText.Template(part))
                : Members.Get(_state, value, TemplateText.Template(part));
            end = element ? close + 1 : close;
        }

        return value;
    }

    private static int EndOfName(string path, int start)
    {
        int end = path.AsSpan(start).IndexOfAny('.', '[');
        return end < 0 ? path.Length : start + end;
    }

    private object? Argument(string name)
    {
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]))
        {
            return _arguments.Named.TryGetValue(name, out object? named)
                ? named
                : throw new ChatTemplateException($"chat template: format has no argument '{name}'");
        }

        Require(name.Length > 0 ? _automatic <= 0 : _automatic >= 0, "numbered and unnumbered fields are mixed");
        int index = name.Length == 0 ? _automatic++ : int.TryParse(name, out int given) ? given : int.MaxValue;
        _automatic = name.Length > 0 ? -1 : _automatic;
        return index < _arguments.Positional.Count
            ? _arguments.Positional[index]
            : throw new ChatTemplateException($"chat template: format has no argument {index}");
    }

    /// <summary>Where the field that opens here closes.</summary>
    private static int Close(string all, int open)
    {
        int depth = 0;
        for (int at = open; at < all.Length; at++)
        {
            depth += all[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }

        throw new ChatTemplateException("chat template: format: a field is not closed");
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ChatTemplateException($"chat template: format: {problem}");
        }
    }
}
