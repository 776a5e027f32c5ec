using System.Globalization;
using System.Text;

namespace Alignment.Models.Tokenization.PreTokenizers;

/// <summary>The four classes of character that the word patterns tell apart.</summary>
internal enum CharacterKind
{
    /// <summary>None of the others: punctuation, marks, emoji, controls.</summary>
    Symbol,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>, Unicode's White_Space.</summary>
    Space,
}

/// <summary>Classifies and measures runs of characters; a surrogate pair is one character.</summary>
internal static class CharacterKinds
{
    /// <summary>The kind of the first character and its length in UTF-16 units; length 0 at the end of the text.</summary>
    public static (CharacterKind Kind, int Length) First(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return (CharacterKind.Symbol, 0);
        }

        Rune.DecodeFromUtf16(text, out Rune rune, out int length);
        return (Kind(rune), length);
    }

    /// <summary>UTF-16 length of the run of one kind at the start, at most <paramref name="most"/> characters.</summary>
    public static int Run(ReadOnlySpan<char> text, CharacterKind kind, int most = int.MaxValue)
    {
        int end = 0;
        for (int count = 0; count < most; count++)
        {
            (CharacterKind next, int length) = First(text[end..]);
            if (length == 0 || next != kind)
            {
                break;
            }

            end += length;
        }

        return end;
    }

    private static CharacterKind Kind(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
        >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => CharacterKind.Number,
        _ => Rune.IsWhiteSpace(rune) ? CharacterKind.Space : CharacterKind.Symbol,
    };
}
