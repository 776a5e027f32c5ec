using System.Globalization;
using System.Text;

namespace Alignment.Training.Data;

/// <summary>What messages and cards show of a text that somebody else wrote: bounded, and nothing that a terminal would obey.</summary>
internal static class Shown
{
    /// <summary>Most characters of one problem.</summary>
    public const int Problem = 200;

    /// <summary>
    /// The first characters, with dots where something is left out. Characters that are not seen but done, and halves of characters, are
    /// spelled: <c>\u001B</c>.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="length">Most UTF-16 code units that are taken from it.</param>
    public static string Of(string text, int length)
    {
        bool cut = text.Length > length;
        int end = cut && char.IsSurrogatePair(text, length - 1) ? length - 1 : Math.Min(length, text.Length);
        StringBuilder shown = new(end + 3);
        for (int i = 0; i < end; i++)
        {
            bool isPair = i + 1 < end && char.IsSurrogatePair(text, i);
            bool isSeen = isPair || char.GetUnicodeCategory(text[i])
                is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            shown.Append(isSeen ? text[i].ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}"));
            if (isPair)
            {
                shown.Append(text[++i]);
            }
        }

        return shown.Append(cut ? "..." : "").ToString();
    }
}
