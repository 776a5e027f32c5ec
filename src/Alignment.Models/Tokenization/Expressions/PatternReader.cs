using System.Globalization;
using System.Text;

namespace Alignment.Models.Tokenization.Expressions;

/// <summary>A place in the source of an expression, read character by character.</summary>
internal sealed class PatternReader(string pattern)
{
    private int _at;

    public bool IsAtEnd => _at == pattern.Length;

    /// <summary>The character that comes next, NUL at the end.</summary>
    public char Next => IsAtEnd ? '\0' : pattern[_at];

    /// <summary>Takes a text if it comes next.</summary>
    public bool Take(string text)
    {
        bool found = string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;
        _at += found ? text.Length : 0;
        return found;
    }

    /// <summary>Whether a text comes next.</summary>
    public bool Sees(string text) => string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;

    /// <summary>Takes one code point.</summary>
    public int TakePoint()
    {
        if (IsAtEnd)
        {
            throw Problem("ends too early");
        }

        Rune.DecodeFromUtf16(pattern.AsSpan(_at), out Rune rune, out int length);
        _at += length;
        return rune.Value;
    }

    /// <summary>Takes what stands before a closing text, and the text.</summary>
    public string TakeUntil(string end)
    {
        int close = pattern.IndexOf(end, _at, StringComparison.Ordinal);
        if (close < 0)
        {
            throw Problem($"'{end}' is missing");
        }

        string text = pattern[_at..close];
        _at = close + end.Length;
        return text;
    }

    /// <summary>Takes hexadecimal digits, at most so many.</summary>
    public int TakeHex(int least, int most)
    {
        int length = 0;
        while (length < most && _at + length < pattern.Length && char.IsAsciiHexDigit(pattern[_at + length]))
        {
            length++;
        }

        ReadOnlySpan<char> digits = pattern.AsSpan(_at, length);
        bool isNumber = int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point);
        if (length < least || !isNumber || !Rune.IsValid(point))
        {
            throw Problem("a character's number is missing or too large");
        }

        _at += length;
        return point;
    }

    /// <summary>Takes decimal digits; null where there is none.</summary>
    public int? TakeNumber()
    {
        int start = _at;
        while (char.IsAsciiDigit(Next))
        {
            _at++;
        }

        ReadOnlySpan<char> digits = pattern.AsSpan(start, _at - start);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }

    public ExpressionException Problem(string reason) => new($"at character {_at}: {reason}");
}
