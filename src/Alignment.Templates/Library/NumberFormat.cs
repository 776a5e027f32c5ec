using System.Globalization;
using System.Numerics;
using Alignment.Templates.Limits;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Digits of numbers in Python's presentation types. Doubles are rounded exactly, half to even, from their binary value.</summary>
internal static class NumberFormat
{
    private const int MaxPrecision = 400;

    /// <summary>The magnitude in the type d, x, X, o or b.</summary>
    public static string Integer(RenderBudget budget, BigInteger magnitude, char type)
    {
        budget.Make(4 * magnitude.GetBitLength());
        Numbers.Charge(budget, magnitude.GetBitLength(), magnitude.GetBitLength());
        return type switch
        {
            'd' => magnitude.ToString(CultureInfo.InvariantCulture),
            'X' => Hexadecimal(magnitude).ToUpperInvariant(),
            'x' => Hexadecimal(magnitude),
            'o' => Octal(magnitude),
            _ => magnitude.IsZero ? "0" : magnitude.ToString("b", CultureInfo.InvariantCulture).TrimStart('0'),
        };
    }

    /// <summary>
    /// The magnitude of a double in the type e, f, g or a capital of these; <paramref name="keepZeros"/> is Python's "#".
    /// </summary>
    /// <exception cref="ChatTemplateException">more digits are asked for than a double can have</exception>
    public static string Float(RenderBudget budget, double magnitude, char type, int precision, bool keepZeros)
    {
        if (precision > MaxPrecision)
        {
            throw new ChatTemplateException($"chat template: a precision of more than {MaxPrecision} digits is not supported");
        }

        budget.Make(24 * MaxPrecision);
        budget.Read(4000);
        string digits = !double.IsFinite(magnitude) ? (double.IsNaN(magnitude) ? "nan" : "inf") : char.ToLowerInvariant(type) switch
        {
            'f' => Fixed(magnitude, precision, keepZeros),
            'e' => Scientific(magnitude, precision, keepZeros),
            _ => General(magnitude, Math.Max(1, precision), keepZeros),
        };
        return char.IsUpper(type) ? digits.ToUpperInvariant() : digits;
    }

    /// <summary>Python's <c>round(value, places)</c>.</summary>
    public static double Round(double value, int places)
    {
        if (!double.IsFinite(value) || Math.Abs(places) > MaxPrecision)
        {
            return places >= 0 ? value : 0;
        }

        double rounded = double.Parse($"{Scaled(Math.Abs(value), places)}e{-places}", CultureInfo.InvariantCulture);
        return double.CopySign(rounded, value);
    }

    private static string Fixed(double magnitude, int precision, bool keepPoint)
    {
        string digits = Scaled(magnitude, precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        return precision == 0 ? digits + (keepPoint ? "." : "") : $"{digits[..^precision]}.{digits[^precision..]}";
    }

    private static string Scientific(double magnitude, int precision, bool keepPoint)
    {
        (string digits, int exponent) = Significant(magnitude, precision + 1);
        string fraction = precision > 0 ? $".{digits[1..]}" : keepPoint ? "." : "";
        return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    private static string General(double magnitude, int precision, bool keepZeros)
    {
        int exponent = Significant(magnitude, precision).Exponent;
        string digits = exponent >= -4 && exponent < precision
            ? Fixed(magnitude, precision - 1 - exponent, keepZeros)
            : Scientific(magnitude, precision - 1, keepZeros);
        if (keepZeros)
        {
            return digits;
        }

        int end = digits.IndexOf('e', StringComparison.Ordinal) is var at && at < 0 ? digits.Length : at;
        string mantissa = digits[..end];
        return (mantissa.Contains('.', StringComparison.Ordinal) ? mantissa.TrimEnd('0').TrimEnd('.') : mantissa) + digits[end..];
    }

    /// <summary>The first digits of a number, rounded, and the power of ten of the first of them.</summary>
    private static (string Digits, int Exponent) Significant(double magnitude, int count)
    {
        int exponent = magnitude == 0 ? 0 : (int)Math.Floor(Math.Log10(magnitude));
        while (true)
        {
            string digits = Scaled(magnitude, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (magnitude == 0)
            {
                return (digits.PadRight(count, '0'), 0);
            }

            // The estimate is one off where the logarithm or the rounding crosses a power of ten.
            if (digits.Length == count)
            {
                return (digits, exponent);
            }

            exponent += digits.Length > count ? 1 : -1;
        }
    }

    /// <summary>magnitude * 10^places as an integer, half to even.</summary>
    private static BigInteger Scaled(double magnitude, int places)
    {
        long bits = BitConverter.DoubleToInt64Bits(magnitude);
        int exponent = Math.Max(1, (int)(bits >> 52) & 0x7FF) - 1075;
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | ((bits >> 52) == 0 ? 0L : 1L << 52);
        BigInteger denominator = BigInteger.One;
        numerator *= BigInteger.Pow(10, Math.Max(0, places)) << Math.Max(0, exponent);
        denominator *= BigInteger.Pow(10, Math.Max(0, -places)) << Math.Max(0, -exponent);
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static string Hexadecimal(BigInteger magnitude) =>
        magnitude.IsZero ? "0" : magnitude.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');

    private static string Octal(BigInteger magnitude)
    {
        string bits = magnitude.IsZero ? "0" : magnitude.ToString("b", CultureInfo.InvariantCulture).TrimStart('0');
        bits = bits.PadLeft((bits.Length + 2) / 3 * 3, '0');
        return string.Concat(bits.Chunk(3).Select(three => (char)('0' + ((three[0] - '0') * 4) + ((three[1] - '0') * 2) + three[2] - '0')));
    }
}
