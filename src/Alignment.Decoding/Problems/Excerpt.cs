using System.Text;

namespace Alignment.Decoding.Problems;

/// <summary>
/// What a message shows of a text that somebody else wrote: bounded, whole characters, nothing that a terminal would obey.
/// </summary>
public static class Excerpt
{
    private const int MaxListed = 20;
    private const int MaxName = 60;

    /// <summary>
    /// The first characters of a text, with dots where something is left out. Control characters and halves of characters become U+FFFD.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Most UTF-16 code units that are taken from it.</param>
    public static string Of(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool cut = text.Length > length;
        int end = cut && length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : Math.Min(length, text.Length);
        var shown = new StringBuilder(end + 3);
        foreach (Rune rune in text.AsSpan(0, end).EnumerateRunes())
        {
            shown.Append((Rune.IsControl(rune) ? Rune.ReplacementChar : rune).ToString());
        }

        return shown.Append(cut ? "..." : "").ToString();
    }

    /// <summary>Names that exist, for a message that says so: the first of them, then how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        string listed = string.Join(", ", names.Take(MaxListed).Select(name => Of(name, MaxName)));
        return names.Count == 0 ? "nothing" : names.Count > MaxListed ? $"{listed} and {names.Count - MaxListed} more" : listed;
    }
}
