using System.Text;

namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Python's arithmetic; integers are 64 bits wide and refuse to overflow.</summary>
internal static class Arithmetic
{
    public static object? Apply(RenderState state, string symbol, object? x, object? y)
    {
        state.Budget.Charge((long)PythonValue.Size(x) + PythonValue.Size(y));
        try
        {
            return symbol switch
            {
                "+" => Add(x, y),
                "~" => Concatenate(PythonText.Str(x), PythonText.Str(y)),
                "*" when (x is string or List<object?>) && y is long times => Repeat(state, x, times),
                "*" when (y is string or List<object?>) && x is long times => Repeat(state, y, times),
                _ when x is long or bool && y is long or bool => Integers(symbol, Integer(x), Integer(y)),
                _ when PythonValue.AsNumber(x) is double a && PythonValue.AsNumber(y) is double b => Floats(symbol, a, b),
                _ => throw Mismatch(symbol, x, y),
            };
        }
        catch (ArithmeticException)
        {
            throw new ChatTemplateException($"chat template: {PythonText.Str(x)} {symbol} {PythonText.Str(y)} has no value");
        }
    }

    public static object? Add(object? x, object? y) => (x, y) switch
    {
        (long a, long b) => (object)checked(a + b),
        (string a, string b) => Concatenate(a, b),
        (List<object?> a, List<object?> b) => a is TemplateTuple ? new TemplateTuple(a.Concat(b)) : a.Concat(b).ToList(),
        _ when PythonValue.AsNumber(x) is double a && PythonValue.AsNumber(y) is double b => x is double || y is double ? a + b : (object)(long)(a + b),
        _ => throw Mismatch("+", x, y),
    };

    public static object? Negate(object? value) => value switch
    {
        long number when number != long.MinValue => (object)-number,
        double number => -number,
        bool truth => truth ? -1L : 0L,
        _ => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no negative"),
    };

    private static object Integers(string symbol, long x, long y) => symbol switch
    {
        "-" => (object)checked(x - y),
        "*" => checked(x * y),
        "/" => y == 0 ? throw new DivideByZeroException() : (double)x / y,
        "//" => checked(x / y) - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0),
        "%" => y == -1 ? 0L : ((x % y) + y) % y,
        "**" when y >= 0 => Power(x, y),
        _ => Math.Pow(x, y),
    };

    private static double Floats(string symbol, double x, double y) => symbol switch
    {
        "-" => x - y,
        "*" => x * y,
        "/" => y == 0 ? throw new DivideByZeroException() : x / y,
        "//" => y == 0 ? throw new DivideByZeroException() : Math.Floor(x / y),
        "%" => y == 0 ? throw new DivideByZeroException() : x - (y * Math.Floor(x / y)),
        _ => Math.Pow(x, y),
    };

    private static long Integer(object value) => value is long number ? number : value is true ? 1 : 0;

    private static long Power(long x, long exponent)
    {
        long result = 1;
        for (long i = Math.Abs(x) <= 1 ? Math.Min(exponent, 2 + (exponent & 1)) : exponent; i > 0; i--)
        {
            result = checked(result * x);
        }

        return result;
    }

    private static string Concatenate(string x, string y) => x.Length + (long)y.Length <= RenderBudget.MaxOutput
        ? x + y
        : throw new ChatTemplateException("chat template: a text is too long");

    private static object Repeat(RenderState state, object value, long times)
    {
        Int128 size = (Int128)Math.Max(times, 0) * PythonValue.Size(value);
        if (size > RenderBudget.MaxOutput)
        {
            throw new ChatTemplateException("chat template: a repeated value is too long");
        }

        state.Budget.Charge((long)size);
        int count = PythonValue.Size(value) == 0 ? 0 : (int)Math.Max(times, 0);
        return value is string text
            ? new StringBuilder(text.Length * count).Insert(0, text, count).ToString()
            : Enumerable.Repeat((List<object?>)value, count).SelectMany(items => items).ToList();
    }

    private static ChatTemplateException Mismatch(string symbol, object? x, object? y) =>
        new($"chat template: {PythonValue.TypeName(x)} {symbol} {PythonValue.TypeName(y)} is not possible");
}
