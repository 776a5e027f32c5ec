using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Python's <c>split</c>, <c>rsplit</c> and <c>splitlines</c>: slices of the text.</summary>
internal static class Splitting
{
    /// <param name="state">pays</param>
    /// <param name="text">what is split</param>
    /// <param name="separator">a string, or none for runs of white space</param>
    /// <param name="limit">at most so many cuts; negative for all</param>
    public static List<object?> FromLeft(RenderState state, TemplateText text, object? separator, long limit)
    {
        if (separator is null)
        {
            return WordsFromLeft(state, text, limit);
        }

        TemplateText by = Separator(separator);
        List<object?> parts = [];
        int start = 0;
        foreach (int at in TextSearch.Occurrences(state.Budget, text, by.Value))
        {
            if (limit-- == 0)
            {
                break;
            }

            Add(state, parts, text, start, at);
            start = at + by.Length;
        }

        Add(state, parts, text, start, text.Length);
        return parts;
    }

    /// <summary>As <see cref="FromLeft"/>, but the last cuts are made, not the first.</summary>
    public static List<object?> FromRight(RenderState state, TemplateText text, object? separator, long limit)
    {
        List<object?> parts = separator is null
            ? WordsFromRight(state, text, limit)
            : PartsFromRight(state, text, Separator(separator), limit);
        parts.Reverse();
        return parts;
    }

    public static List<object?> Lines(RenderState state, TemplateText text, bool keepEnds)
    {
        List<object?> lines = [];
        state.Budget.Read(4L * text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !IsLineEnd(text.Value[end]))
            {
                end++;
            }

            int next = end + (end + 1 < text.Length && text.Value[end] == '\r' && text.Value[end + 1] == '\n' ? 2 : 1);
            next = Math.Min(next, text.Length);
            Add(state, lines, text, start, keepEnds ? next : end);
            start = next;
        }

        return lines;
    }

    public static void NotEmpty(TemplateText separator)
    {
        if (separator.Length == 0)
        {
            throw new ChatTemplateException("chat template: split by an empty separator");
        }
    }

    private static List<object?> WordsFromLeft(RenderState state, TemplateText text, long limit)
    {
        List<object?> words = [];
        state.Budget.Read(4L * text.Length);
        for (int at = Skip(text, 0, isSpace: true); at < text.Length; at = Skip(text, at, isSpace: true))
        {
            int end = limit-- == 0 ? text.Length : Skip(text, at, isSpace: false);
            Add(state, words, text, at, end);
            at = end;
        }

        return words;
    }

    private static List<object?> WordsFromRight(RenderState state, TemplateText text, long limit)
    {
        List<object?> words = [];
        state.Budget.Read(4L * text.Length);
        for (int end = SkipBack(text, text.Length, isSpace: true); end > 0; end = SkipBack(text, end, isSpace: true))
        {
            int at = limit-- == 0 ? 0 : SkipBack(text, end, isSpace: false);
            Add(state, words, text, at, end);
            end = at;
        }

        return words;
    }

    private static List<object?> PartsFromRight(RenderState state, TemplateText text, TemplateText by, long limit)
    {
        List<object?> parts = [];
        int end = text.Length;
        for (; limit != 0; limit--)
        {
            int at = TextSearch.LastIndexOf(state.Budget, text.Value, by.Value, 0, end);
            if (at < 0)
            {
                break;
            }

            Add(state, parts, text, at + by.Length, end);
            end = at;
        }

        Add(state, parts, text, 0, end);
        return parts;
    }

    private static void Add(RenderState state, List<object?> parts, TemplateText text, int start, int end)
    {
        state.Budget.Make(32);
        parts.Add(text.Slice(state.Budget, start, end));
    }

    private static int Skip(TemplateText text, int at, bool isSpace)
    {
        while (at < text.Length && PythonText.IsSpace(text.Value[at]) == isSpace)
        {
            at++;
        }

        return at;
    }

    private static int SkipBack(TemplateText text, int end, bool isSpace)
    {
        while (end > 0 && PythonText.IsSpace(text.Value[end - 1]) == isSpace)
        {
            end--;
        }

        return end;
    }

    private static TemplateText Separator(object separator)
    {
        TemplateText by = separator as TemplateText
            ?? throw new ChatTemplateException(
                $"chat template: the argument 'sep' of split must be a string, not {PythonValue.TypeName(separator)}");
        NotEmpty(by);
        return by;
    }

    private static bool IsLineEnd(char c) => c is (>= '\n' and <= '\r') or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029';
}
