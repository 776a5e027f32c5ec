using System.Globalization;
using System.Text;

namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>
/// A text in which every character is one UTF-16 unit: .NET's expressions see a surrogate pair as two symbols, and would take a letter beyond the
/// basic plane for punctuation or cut it in half. Such a character is replaced by one of the same category.
/// </summary>
internal sealed class FoldedText
{
    // One character for each UnicodeCategory, outside ASCII and Han, so that what a pattern lists by name does not match it.
    private const string Representatives = "\u0410\u0430\u01C5\u02B0\u1200\u0300\u0903\u0488\u0660\u2160\u2460\u00A0\u2028\u2029\u0080\u2060\uD800\uE000\u203F\u2010\u2045\u2046\u00AB\u00BB\u00A7\u00B1\u00A2\u00A8\u00A6\u0378";

    // Index in the original of each unit and of the end; null where nothing was replaced.
    private readonly int[]? _offsets;

    public FoldedText(string text)
    {
        Text = text;
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDBFF'))
        {
            return;
        }

        var folded = new StringBuilder(text.Length);
        List<int> offsets = [];
        for (int at = 0; at < text.Length; at += Length(text, at))
        {
            offsets.Add(at);
            folded.Append(Length(text, at) == 2 ? Representatives[(int)CharUnicodeInfo.GetUnicodeCategory(text, at)] : text[at]);
        }

        Text = folded.ToString();
        _offsets = [.. offsets, text.Length];
    }

    /// <summary>What a pattern is matched against.</summary>
    public string Text { get; }

    /// <summary>Where a stretch of <see cref="Text"/> lies in the original.</summary>
    public (int Start, int Length) Unfold(int start, int length) =>
        _offsets is null ? (start, length) : (_offsets[start], _offsets[start + length] - _offsets[start]);

    private static int Length(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
