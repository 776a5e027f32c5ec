using System.Globalization;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>The methods of Python's <c>str</c> that templates use.</summary>
internal static class StringMethods
{
    private static readonly Dictionary<string, Func<string, Arguments, object?>> s_methods = new()
    {
        ["upper"] = (text, _) => text.ToUpperInvariant(),
        ["lower"] = (text, _) => text.ToLowerInvariant(),
        ["title"] = (text, _) => Title(text),
        ["capitalize"] = (text, _) => Capitalize(text),
        ["strip"] = (text, a) => Strip(text, a.Get(0, "chars"), left: true, right: true),
        ["lstrip"] = (text, a) => Strip(text, a.Get(0, "chars"), left: true, right: false),
        ["rstrip"] = (text, a) => Strip(text, a.Get(0, "chars"), left: false, right: true),
        ["startswith"] = (text, a) => Any(a.Required(0, "prefix"), prefix => text.StartsWith(prefix, StringComparison.Ordinal)),
        ["endswith"] = (text, a) => Any(a.Required(0, "suffix"), suffix => text.EndsWith(suffix, StringComparison.Ordinal)),
        ["removeprefix"] = (text, a) => text.StartsWith(a.Text(0, "prefix"), StringComparison.Ordinal) ? text[a.Text(0, "prefix").Length..] : text,
        ["removesuffix"] = (text, a) => text.EndsWith(a.Text(0, "suffix"), StringComparison.Ordinal) ? text[..^a.Text(0, "suffix").Length] : text,
        ["find"] = (text, a) => (long)text.IndexOf(a.Text(0, "sub"), StringComparison.Ordinal),
        ["rfind"] = (text, a) => (long)text.LastIndexOf(a.Text(0, "sub"), StringComparison.Ordinal),
        ["count"] = (text, a) => Count(text, a.Text(0, "sub")),
        ["replace"] = (text, a) => Replace(text, a.Text(0, "old"), a.Text(1, "new"), a.Integer(2, "count", -1)),
        ["split"] = (text, a) => Split(text, a.Get(0, "sep"), a.Integer(1, "maxsplit", -1)),
        ["splitlines"] = (text, _) => Lines(text),
        ["join"] = (text, a) => Join(text, PythonValue.Iterate(a.Required(0, "iterable"))),
        ["isdigit"] = (text, _) => text.Length > 0 && text.All(char.IsDigit),
        ["isalpha"] = (text, _) => text.Length > 0 && text.All(char.IsLetter),
        ["isalnum"] = (text, _) => text.Length > 0 && text.All(char.IsLetterOrDigit),
        ["isspace"] = (text, _) => text.Length > 0 && text.All(char.IsWhiteSpace),
        ["isupper"] = (text, _) => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["islower"] = (text, _) => text.Any(char.IsLower) && !text.Any(char.IsUpper),
    };

    public static Func<string, Arguments, object?>? Find(string name) => s_methods.GetValueOrDefault(name);

    public static string Strip(string text, object? characters, bool left, bool right)
    {
        char[]? set = characters is null or Undefined ? null : PythonText.Str(characters).ToCharArray();
        text = left ? text.TrimStart(set) : text;
        return right ? text.TrimEnd(set) : text;
    }

    public static string Title(string text)
    {
        return string.Create(text.Length, text, (title, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                bool inside = i > 0 && char.IsLetter(source[i - 1]);
                title[i] = inside ? char.ToLowerInvariant(source[i]) : char.ToUpperInvariant(source[i]);
            }
        });
    }

    public static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]).ToString(CultureInfo.InvariantCulture) + text[1..].ToLowerInvariant();

    /// <summary>Replaces the first <paramref name="count"/> occurrences; all of them when it is negative.</summary>
    public static string Replace(string text, string old, string replacement, long count)
    {
        if (Count(text, old) * replacement.Length > RenderBudget.MaxOutput)
        {
            throw new ChatTemplateException("chat template: a replacement makes a text that is too long");
        }

        if (old.Length > 0 && count < 0)
        {
            return text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return old.Length > 0
            ? string.Join(replacement, text.Split(old, (int)Math.Min(count, int.MaxValue - 1) + 1))
            : Interleave(text, replacement, count < 0 ? text.Length + 1L : count);
    }

    public static List<object?> Lines(string text)
    {
        List<object?> lines = text.ReplaceLineEndings("\n").Split('\n').ToList<object?>();
        if (lines[^1] is "")
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    public static string Join(string separator, List<object?> items)
    {
        long length = items.Sum(item => (long)PythonValue.Size(item) + separator.Length);
        return length <= RenderBudget.MaxOutput
            ? string.Join(separator, items.Select(PythonText.Str))
            : throw new ChatTemplateException("chat template: join makes a text that is too long");
    }

    private static string Interleave(string text, string replacement, long count) =>
        string.Concat(text.Select((c, i) => i < count ? replacement + c : c.ToString())) + (count > text.Length ? replacement : "");

    private static bool Any(object? candidates, Func<string, bool> matches) =>
        candidates is string one ? matches(one) : PythonValue.Iterate(candidates).Any(c => c is string text && matches(text));

    private static long Count(string text, string part)
    {
        long count = part.Length == 0 ? text.Length + 1 : 0;
        for (int at = part.Length == 0 ? -1 : text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    private static List<object?> Split(string text, object? separator, long limit)
    {
        int parts = limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue - 1) + 1;
        if (separator is string by)
        {
            return by.Length > 0
                ? text.Split(by, parts).ToList<object?>()
                : throw new ChatTemplateException("chat template: split by an empty separator");
        }

        return Words(text, parts);
    }

    /// <summary>Splits at runs of white space; the last of <paramref name="parts"/> keeps the rest of the text.</summary>
    private static List<object?> Words(string text, int parts)
    {
        List<object?> words = [];
        int at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                return words;
            }

            int end = words.Count == parts - 1 ? text.Length : at;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            words.Add(text[at..end]);
            at = end;
        }
    }
}
