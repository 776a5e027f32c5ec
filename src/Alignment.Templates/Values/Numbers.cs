using System.Globalization;
using System.Numerics;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>
/// Python's numbers: bool, integers of any size (long where it fits, else <see cref="BigInteger"/>, never both for one number) and double.
/// </summary>
internal static class Numbers
{
    /// <summary>More than any template counts; Python prints integers up to about three times as long.</summary>
    public const int MaxBits = 4096;

    /// <summary>
    /// Small numbers exist once: a template that counts messages backwards from each of them makes lists, but no numbers.
    /// </summary>
    private static readonly object[] s_small = [.. Enumerable.Range(0, 4096).Select(i => (object)(long)i)];

    public static object Box(RenderBudget budget, long number)
    {
        if (number >= 0 && number < s_small.Length)
        {
            return s_small[number];
        }

        budget.Make(24);
        return number;
    }

    public static bool IsInteger(object? value) => value is long or BigInteger or bool;

    public static bool IsNumber(object? value) => value is long or double or BigInteger or bool;

    /// <summary>The integer as the type that holds it.</summary>
    /// <exception cref="ChatTemplateException">it is too long</exception>
    public static object Normalize(BigInteger value)
    {
        if (value.GetBitLength() > MaxBits)
        {
            throw TooLong();
        }

        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    /// <summary>Pays for a product or quotient of integers of so many bits, or for writing one of their size.</summary>
    public static void Charge(RenderBudget budget, long bits, long otherBits)
    {
        budget.Make(32 + ((bits + otherBits) / 4));
        budget.Read(bits * otherBits / 256);
    }

    public static ChatTemplateException TooLong() => new($"chat template: an integer has more than {MaxBits} bits");

    public static BigInteger ToInteger(object? value) => value switch
    {
        long number => number,
        BigInteger number => number,
        _ => value is true ? 1 : 0,
    };

    /// <exception cref="ChatTemplateException">the integer is larger than any double</exception>
    public static double ToDouble(object? value) => value switch
    {
        double number => number,
        long number => number,
        BigInteger number => (double)number is var rounded && double.IsFinite(rounded)
            ? rounded
            : throw new ChatTemplateException("chat template: the integer is too large for a float"),
        _ => value is true ? 1 : 0,
    };

    public static bool AreEqual(object? x, object? y) => (x, y) switch
    {
        (long a, long b) => a == b,
        _ when IsInteger(x) && IsInteger(y) => ToInteger(x) == ToInteger(y),
        _ => IsNumber(x) && IsNumber(y) && CompareMixed(x, y) == 0,
    };

    /// <summary>Negative, zero or positive; null where one is not a number (NaN), which is neither less nor equal nor greater.</summary>
    public static int? Compare(object? x, object? y) => (x, y) switch
    {
        (long a, long b) => a.CompareTo(b),
        _ when IsInteger(x) && IsInteger(y) => ToInteger(x).CompareTo(ToInteger(y)),
        _ => CompareMixed(x, y),
    };

    /// <summary>Reads an integer as Python does: signs, underscores between digits, white space around; null where it is none.</summary>
    public static object? Parse(string text, int radix)
    {
        string digits = text.Trim().ToLowerInvariant();
        bool negative = digits.StartsWith('-');
        digits = digits is ['-' or '+', ..] ? digits[1..] : digits;
        string prefix = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "0x " };
        digits = digits.StartsWith(prefix, StringComparison.Ordinal) ? digits[2..].TrimStart('_') : digits;
        if (digits.Length == 0 || digits.EndsWith('_') || digits.StartsWith('_') || digits.Contains("__", StringComparison.Ordinal))
        {
            return null;
        }

        if (digits.Length > MaxBits / 2)
        {
            throw TooLong();
        }

        BigInteger value = 0;
        foreach (char c in digits.Where(c => c != '_'))
        {
            int digit = char.IsAsciiLetter(c) ? c - 'a' + 10 : (int)char.GetNumericValue(c);
            if ((!char.IsAsciiLetter(c) && !char.IsDigit(c)) || digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        return Normalize(negative ? -value : value);
    }

    public static object? ParseFloat(string text)
    {
        string digits = text.Trim().ToLowerInvariant();
        string unsigned = digits.TrimStart('+', '-');
        if (unsigned is "inf" or "infinity" or "nan" && digits.Length - unsigned.Length <= 1)
        {
            return unsigned == "nan" ? double.NaN : digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }

        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
    }

    private static int? CompareMixed(object? x, object? y)
    {
        if ((x is double a && !double.IsFinite(a)) || (y is double b && !double.IsFinite(b)))
        {
            (double p, double q) = (x is double c ? c : 0, y is double d ? d : 0);
            return double.IsNaN(p) || double.IsNaN(q) ? null : p.CompareTo(q);
        }

        if (x is double e && y is double f)
        {
            return e.CompareTo(f);
        }

        // An integer and a finite double compare exactly: by the whole part, then by what is behind the point.
        if (x is double number)
        {
            BigInteger whole = new(Math.Floor(number));
            return whole.CompareTo(ToInteger(y)) is var order and not 0 ? order : number > Math.Floor(number) ? 1 : 0;
        }

        return -CompareMixed(y, x);
    }
}
