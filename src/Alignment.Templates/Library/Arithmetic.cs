using System.Numerics;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Python's arithmetic.</summary>
internal static class Arithmetic
{
    private const int NumberBytes = 24;

    public static object? Apply(RenderState state, string symbol, object? x, object? y)
    {
        try
        {
            return (symbol, x, y) switch
            {
                ("+", long a, long b) => Add(state, a, b),
                ("~", _, _) => TemplateText.Concat(state.Budget, PythonText.Str(state.Budget, x), PythonText.Str(state.Budget, y)),
                ("+", _, _) => Add(state, x, y),
                ("%", TemplateText format, _) => PercentFormat.Apply(state, format, y),
                ("*", TemplateText or List<object?>, _) when Numbers.IsInteger(y) => Repeat(state, x, Numbers.ToInteger(y)),
                ("*", _, TemplateText or List<object?>) when Numbers.IsInteger(x) => Repeat(state, y, Numbers.ToInteger(x)),
                _ when Numbers.IsInteger(x) && Numbers.IsInteger(y) => Integers(state, symbol, Numbers.ToInteger(x), Numbers.ToInteger(y)),
                _ when Numbers.IsNumber(x) && Numbers.IsNumber(y) => Floats(symbol, Numbers.ToDouble(x), Numbers.ToDouble(y)),
                _ => throw Mismatch(symbol, x, y),
            };
        }
        catch (ArithmeticException)
        {
            throw new ChatTemplateException($"chat template: {PythonText.Brief(x)} {symbol} {PythonText.Brief(y)} has no value");
        }
    }

    public static object? Add(RenderState state, object? x, object? y)
    {
        state.Budget.Make(NumberBytes);
        switch (x, y)
        {
            case (TemplateText a, TemplateText b):
                return TemplateText.Concat(state.Budget, a, b);
            case (List<object?> a, List<object?> b) when a is TemplateTuple == b is TemplateTuple:
                state.Budget.MakeList((long)a.Count + b.Count);
                return a is TemplateTuple ? new TemplateTuple(a.Concat(b)) : a.Concat(b).ToList();
            case var _ when Numbers.IsInteger(x) && Numbers.IsInteger(y):
                return Numbers.Normalize(Numbers.ToInteger(x) + Numbers.ToInteger(y));
            case var _ when Numbers.IsNumber(x) && Numbers.IsNumber(y):
                return Numbers.ToDouble(x) + Numbers.ToDouble(y);
            default:
                throw Mismatch("+", x, y);
        }
    }

    public static object? Negate(object? value) => value switch
    {
        double number => -number,
        _ when Numbers.IsInteger(value) => Numbers.Normalize(-Numbers.ToInteger(value)),
        _ => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no negative"),
    };

    private static object Add(RenderState state, long x, long y)
    {
        long sum = unchecked(x + y);
        return ((x ^ sum) & (y ^ sum)) >= 0 ? Numbers.Box(state.Budget, sum) : Numbers.Normalize((BigInteger)x + y);
    }

    private static object Integers(RenderState state, string symbol, BigInteger x, BigInteger y)
    {
        Numbers.Charge(state.Budget, x.GetBitLength(), y.GetBitLength());
        return symbol switch
        {
            "-" => Numbers.Normalize(x - y),
            "*" => Numbers.Normalize(x * y),
            "/" =>
                Numbers.ToDouble(Numbers.Normalize(x)) / (
                    y.IsZero ? throw new DivideByZeroException() : Numbers.ToDouble(Numbers.Normalize(y))),
            "//" => Numbers.Normalize(FloorDivide(x, y)),
            "%" => Numbers.Normalize(x - (y * FloorDivide(x, y))),
            "**" when y.Sign >= 0 => Power(state, x, y),
            _ => x.IsZero ? throw new DivideByZeroException() : Math.Pow((double)x, (double)y),
        };
    }

    private static BigInteger FloorDivide(BigInteger x, BigInteger y)
    {
        BigInteger quotient = BigInteger.DivRem(x, y, out BigInteger rest);
        return !rest.IsZero && rest.Sign != y.Sign ? quotient - 1 : quotient;
    }

    private static object Power(RenderState state, BigInteger x, BigInteger exponent)
    {
        if (BigInteger.Abs(x) <= 1)
        {
            return Numbers.Normalize(x.Sign < 0 && exponent.IsEven ? BigInteger.One : exponent.IsZero ? BigInteger.One : x);
        }

        BigInteger bits = (BigInteger)(x.GetBitLength() - 1) * exponent;
        if (bits > Numbers.MaxBits)
        {
            throw Numbers.TooLong();
        }

        Numbers.Charge(state.Budget, (long)bits, (long)bits);
        return Numbers.Normalize(BigInteger.Pow(x, (int)exponent));
    }

    private static double Floats(string symbol, double x, double y) => symbol switch
    {
        "-" => x - y,
        "*" => x * y,
        "/" => x / NotZero(y),
        "//" => Math.Round((x - Modulo(x, NotZero(y))) / y),
        "%" => Modulo(x, NotZero(y)),
        _ => Math.Pow(x, y),
    };

    /// <summary>The rest has the sign of the divisor.</summary>
    private static double Modulo(double x, double y)
    {
        double rest = x % y;
        return rest != 0 && rest < 0 != y < 0 ? rest + y : rest;
    }

    private static double NotZero(double value) => value != 0 ? value : throw new DivideByZeroException();

    private static object Repeat(RenderState state, object? value, BigInteger times)
    {
        int count = PythonValue.Size(value) == 0 ? 0 : (int)BigInteger.Max(0, BigInteger.Min(times, int.MaxValue));
        if (value is TemplateText text)
        {
            return new TextBuilder(state.Budget).Repeat(text, count).ToText();
        }

        List<object?> items = (List<object?>)value!;
        state.Budget.MakeList((long)count * items.Count);
        IEnumerable<object?> all = Enumerable.Repeat(items, count).SelectMany(some => some);
        return items is TemplateTuple ? new TemplateTuple(all) : all.ToList();
    }

    private static ChatTemplateException Mismatch(string symbol, object? x, object? y) =>
        new($"chat template: {PythonValue.TypeName(x)} {symbol} {PythonValue.TypeName(y)} is not possible");
}
