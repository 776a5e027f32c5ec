using System.Globalization;
using System.Text;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>The methods of Python's <c>str</c>. Positions are in code points; parts of a text keep their origin.</summary>
internal static class StringMethods
{
    public static Dictionary<string, Builtin<TemplateText>> All { get; } = new()
    {
        ["capitalize"] = new("", (state, text, _) => Casing.Capitalize(state.Budget, text)),
        ["casefold"] = new("", (state, text, _) => Casing.Fold(state.Budget, text)),
        ["center"] = new("width fillchar?", (state, text, a) => Center(state, text, a.Integer(0), Fill(a))),
        ["count"] = new("sub start? end?", (state, text, a) => Count(state, text, a)),
        ["endswith"] = new("suffix start? end?", (state, text, a) => AnyAffix(state, text, a, atEnd: true)),
        ["expandtabs"] = new("tabsize?", (state, text, a) => ExpandTabs(state, text, a.Integer(0, 8))),
        ["find"] = new("sub start? end?", (state, text, a) => Find(state, text, a, last: false)),
        ["format"] = new("*", (state, text, a) => BraceFormat.Apply(state, text, a.Given)),
        ["index"] = new("sub start? end?", (state, text, a) => Found(Find(state, text, a, last: false))),
        ["isalnum"] = new("", (state, text, _) => Every(state, text, rune => Rune.IsLetter(rune) || IsNumeric(rune))),
        ["isalpha"] = new("", (state, text, _) => Every(state, text, Rune.IsLetter)),
        ["isascii"] = new("", (state, text, _) => text.Length == 0 || Every(state, text, rune => rune.IsAscii)),
        ["isdecimal"] = new("", (state, text, _) => Every(state, text, IsDecimal)),
        ["isdigit"] = new("", (state, text, _) => Every(state, text, IsDigit)),
        ["islower"] = new("", (state, text, _) => Casing.IsCased(state.Budget, text, upper: false)),
        ["isprintable"] = new("", (state, text, _) => text.Length == 0 || Every(state, text, PythonText.IsPrintable)),
        ["isspace"] = new("", (state, text, _) => Every(state, text, rune => rune.IsBmp && PythonText.IsSpace((char)rune.Value))),
        ["istitle"] = new("", (state, text, _) => Casing.IsTitle(state.Budget, text)),
        ["isupper"] = new("", (state, text, _) => Casing.IsCased(state.Budget, text, upper: true)),
        ["join"] = new("iterable", (state, text, a) => Join(state, text, PythonValue.Iterate(state.Budget, a.Get(0)))),
        ["ljust"] = new("width fillchar?", (state, text, a) => Pad(state, text, 0, Room(text, a.Integer(0)), Fill(a))),
        ["lower"] = new("", (state, text, _) => Casing.Lower(state.Budget, text)),
        ["lstrip"] = new("chars?", (state, text, a) => Strip(state, text, a.Get(0), left: true, right: false)),
        ["partition"] = new("sep", (state, text, a) => Partition(state, text, a.Text(0), last: false)),
        ["removeprefix"] = new("prefix", (state, text, a) => WithoutAffix(state, text, a.Text(0), atEnd: false)),
        ["removesuffix"] = new("suffix", (state, text, a) => WithoutAffix(state, text, a.Text(0), atEnd: true)),
        ["replace"] = new("old new count?", (state, text, a) => Replace(state, text, a.Text(0), a.Text(1), a.Integer(2, -1))),
        ["rfind"] = new("sub start? end?", (state, text, a) => Find(state, text, a, last: true)),
        ["rindex"] = new("sub start? end?", (state, text, a) => Found(Find(state, text, a, last: true))),
        ["rjust"] = new("width fillchar?", (state, text, a) => Pad(state, text, Room(text, a.Integer(0)), 0, Fill(a))),
        ["rpartition"] = new("sep", (state, text, a) => Partition(state, text, a.Text(0), last: true)),
        ["rsplit"] = new("sep? maxsplit?", (state, text, a) => Splitting.FromRight(state, text, a.Get(0), a.Integer(1, -1))),
        ["rstrip"] = new("chars?", (state, text, a) => Strip(state, text, a.Get(0), left: false, right: true)),
        ["split"] = new("sep? maxsplit?", (state, text, a) => Splitting.FromLeft(state, text, a.Get(0), a.Integer(1, -1))),
        ["splitlines"] = new("keepends?", (state, text, a) => Splitting.Lines(state, text, a.IsTrue(0))),
        ["startswith"] = new("prefix start? end?", (state, text, a) => AnyAffix(state, text, a, atEnd: false)),
        ["strip"] = new("chars?", (state, text, a) => Strip(state, text, a.Get(0), left: true, right: true)),
        ["swapcase"] = new("", (state, text, _) => Casing.Swap(state.Budget, text)),
        ["title"] = new("", (state, text, _) => Casing.Title(state.Budget, text)),
        ["upper"] = new("", (state, text, _) => Casing.Upper(state.Budget, text)),
        ["zfill"] = new("width", (state, text, a) => ZeroFill(state, text, a.Integer(0))),
    };

    public static TemplateText Strip(RenderState state, TemplateText text, object? characters, bool left, bool right)
    {
        Func<char, bool> goes = characters switch
        {
            null => PythonText.IsSpace,
            TemplateText { IsFlat: true } set => Members(state, set).Contains,
            TemplateText => throw new ChatTemplateException("chat template: strip of characters beyond U+FFFF is not supported"),
            _ => throw new ChatTemplateException(
                $"chat template: the argument 'chars' of strip must be a string, not {PythonValue.TypeName(characters)}"),
        };
        (int start, int end) = (0, text.Length);
        while (left && start < end && goes(text.Value[start]))
        {
            start++;
        }

        while (right && start < end && goes(text.Value[end - 1]))
        {
            end--;
        }

        state.Budget.Read(8L * (text.Length - (end - start)));
        return text.Slice(state.Budget, start, end);
    }

    /// <summary>Replaces the first <paramref name="count"/> occurrences; all of them when it is negative.</summary>
    public static TemplateText Replace(RenderState state, TemplateText text, TemplateText old, TemplateText replacement, long count)
    {
        TextBuilder? result = null;
        int kept = 0;
        foreach (int at in TextSearch.Occurrences(state.Budget, text, old.Value))
        {
            if (count-- == 0)
            {
                break;
            }

            result ??= new TextBuilder(state.Budget);
            result.Append(text, kept, at).Append(replacement);
            kept = at + old.Length;
        }

        return result?.Append(text, kept, text.Length).ToText() ?? text;
    }

    public static TemplateText Join(RenderState state, TemplateText separator, List<object?> items)
    {
        var text = new TextBuilder(state.Budget);
        for (int i = 0; i < items.Count; i++)
        {
            text.Append(i > 0 ? separator : TemplateText.Empty);
            text.Append(items[i] as TemplateText
                ?? throw new ChatTemplateException($"chat template: join takes strings, not {PythonValue.TypeName(items[i])}"));
        }

        return text.ToText();
    }

    public static TemplateText Center(RenderState state, TemplateText text, long width, TemplateText fill)
    {
        long room = Room(text, width);
        long left = (room / 2) + (room & width & 1);
        return Pad(state, text, left, room - left, fill);
    }

    public static TemplateText Pad(RenderState state, TemplateText text, long left, long right, TemplateText fill) =>
        left <= 0 && right <= 0 ? text : new TextBuilder(state.Budget).Repeat(fill, left).Append(text).Repeat(fill, right).ToText();

    /// <summary>What a text leaves of a width; compared before it is subtracted, for a width may be the smallest of all integers.</summary>
    private static long Room(TemplateText text, long width) => width > text.CodePoints ? width - text.CodePoints : 0;

    private static HashSet<char> Members(RenderState state, TemplateText set)
    {
        state.Budget.MakeList(set.Length);
        return [.. set.Value];
    }

    private static TemplateText Fill(BoundArguments arguments)
    {
        TemplateText fill = arguments.Has(1) ? arguments.Text(1) : TemplateText.Template(" ");
        return fill.CodePoints == 1 ? fill : throw new ChatTemplateException("chat template: the fill must be one character");
    }

    private static TemplateText ZeroFill(RenderState state, TemplateText text, long width)
    {
        int sign = text.Length > 0 && text.Value[0] is '+' or '-' ? 1 : 0;
        TemplateText zero = TemplateText.Template("0");
        return new TextBuilder(state.Budget).Append(text, 0, sign).Repeat(zero, Room(text, width)).Append(text, sign, text.Length).ToText();
    }

    private static TemplateText ExpandTabs(RenderState state, TemplateText text, long size)
    {
        var result = new TextBuilder(state.Budget);
        TemplateText space = TemplateText.Template(" ");
        long column = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text.Value[i] == '\t')
            {
                long spaces = size > 0 ? size - (column % size) : 0;
                result.Repeat(space, spaces);
                column += spaces;
            }
            else
            {
                result.Append(text, i, i + 1);
                column = text.Value[i] is '\n' or '\r' ? 0 : column + (char.IsLowSurrogate(text.Value[i]) ? 0 : 1);
            }
        }

        return result.ToText();
    }

    private static long Count(RenderState state, TemplateText text, BoundArguments arguments)
    {
        TemplateText part = arguments.Text(0);
        (int from, int to) = Slicing.Window(state.Budget, text, arguments.Optional(1), arguments.Optional(2));
        return from > to ? 0 : TextSearch.Occurrences(state.Budget, text.Slice(state.Budget, from, to), part.Value).LongCount();
    }

    private static long Find(RenderState state, TemplateText text, BoundArguments arguments, bool last)
    {
        string part = arguments.Text(0).Value;
        (int from, int to) = Slicing.Window(state.Budget, text, arguments.Optional(1), arguments.Optional(2));
        if (from > to)
        {
            return -1;
        }

        int at = last
            ? TextSearch.LastIndexOf(state.Budget, text.Value, part, from, to)
            : TextSearch.IndexOf(state.Budget, text.Value, part, from, to);
        return at <= 0 || text.IsFlat ? at : TemplateText.CountCodePoints(text.Value.AsSpan(0, at));
    }

    private static long Found(long position) =>
        position >= 0 ? position : throw new ChatTemplateException("chat template: index: the part is not in the text");

    private static bool AnyAffix(RenderState state, TemplateText text, BoundArguments arguments, bool atEnd)
    {
        (int from, int to) = Slicing.Window(state.Budget, text, arguments.Optional(1), arguments.Optional(2));
        List<object?> candidates = arguments.Get(0) is TemplateTuple tuple ? tuple : [arguments.Text(0)];
        return from <= to && candidates.Exists(candidate =>
        {
            string affix = (candidate as TemplateText)?.Value
                ?? throw new ChatTemplateException("chat template: an affix must be a string");
            state.Budget.Read(8 + affix.Length);
            ReadOnlySpan<char> part = text.Value.AsSpan(from, to - from);
            return atEnd ? part.EndsWith(affix, StringComparison.Ordinal) : part.StartsWith(affix, StringComparison.Ordinal);
        });
    }

    private static TemplateText WithoutAffix(RenderState state, TemplateText text, TemplateText affix, bool atEnd)
    {
        state.Budget.Read(affix.Length);
        if (atEnd)
        {
            return text.Value.EndsWith(affix.Value, StringComparison.Ordinal)
                ? text.Slice(state.Budget, 0, text.Length - affix.Length)
                : text;
        }

        return text.Value.StartsWith(affix.Value, StringComparison.Ordinal) ? text.Slice(state.Budget, affix.Length, text.Length) : text;
    }

    private static TemplateTuple Partition(RenderState state, TemplateText text, TemplateText separator, bool last)
    {
        Splitting.NotEmpty(separator);
        int at = last
            ? TextSearch.LastIndexOf(state.Budget, text.Value, separator.Value, 0, text.Length)
            : TextSearch.IndexOf(state.Budget, text.Value, separator.Value, 0, text.Length);
        if (at < 0)
        {
            return last
                ? new TemplateTuple([TemplateText.Empty, TemplateText.Empty, text])
                : new TemplateTuple([text, TemplateText.Empty, TemplateText.Empty]);
        }

        int after = at + separator.Length;
        return new TemplateTuple([text.Slice(state.Budget, 0, at), separator, text.Slice(state.Budget, after, text.Length)]);
    }

    private static bool Every(RenderState state, TemplateText text, Func<Rune, bool> holds)
    {
        state.Budget.Read(8L * text.Length);
        foreach (Rune rune in text.Value.EnumerateRunes())
        {
            if (!holds(rune))
            {
                return false;
            }
        }

        return text.Length > 0;
    }

    private static bool IsDigit(Rune rune) => rune.IsBmp
        ? CharUnicodeInfo.GetDigitValue((char)rune.Value) >= 0
        : IsDecimal(rune);

    private static bool IsDecimal(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsNumeric(Rune rune) => Rune.GetNumericValue(rune) >= 0 || Rune.IsNumber(rune);
}
