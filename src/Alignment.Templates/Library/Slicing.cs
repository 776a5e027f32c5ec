using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Elements and slices; of a string they are code points, as in Python.</summary>
internal static class Slicing
{
    public static object? Index(RenderState state, object? value, object? key)
    {
        state.Budget.Step();
        return value switch
        {
            TemplateMap map => map.TryGet(state.Budget, key, out object? found) ? found : Undefined.At(key),
            List<object?> list when key is long or bool => Place(list.Count, key) is int at ? list[at] : Undefined.At(key),
            TemplateText text when key is long or bool =>
                Place(text.CodePoints, key) is int at ? CodePoints(state.Budget, text, at, at + 1) : Undefined.At(key),
            Undefined => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no elements"),
            _ => Undefined.At(key),
        };
    }

    public static object? Slice(RenderState state, object? value, object? start, object? stop, object? step)
    {
        int count = value switch
        {
            TemplateText text => text.CodePoints,
            List<object?> list => list.Count,
            Undefined => 0,
            _ => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} cannot be sliced"),
        };
        (int from, int to, int by) = Bounds(count, start, stop, Integer(step) ?? 1);
        return value is TemplateText whole && by == 1
            ? CodePoints(state.Budget, whole, from, Math.Max(from, to))
            : Choose(state, value, Indices(from, to, by));
    }

    /// <summary>The char at which a code point begins.</summary>
    public static int Offset(RenderBudget budget, TemplateText text, int codePoint)
    {
        if (text.IsFlat)
        {
            return codePoint;
        }

        budget.Read(text.Length);
        int at = 0;
        for (; codePoint > 0; codePoint--)
        {
            at += at + 1 < text.Length && char.IsSurrogatePair(text.Value[at], text.Value[at + 1]) ? 2 : 1;
        }

        return at;
    }

    /// <summary>Start and end of a part of a text as char positions, from Python's optional positions in code points.</summary>
    public static (int From, int To) Window(RenderBudget budget, TemplateText text, long? start, long? end)
    {
        int count = text.CodePoints;
        long from = start ?? 0;
        bool beyond = from > count;
        (int low, int high, _) = Bounds(count, start, end, 1);
        return beyond ? (text.Length + 1, text.Length) : (Offset(budget, text, low), Offset(budget, text, high));
    }

    private static TemplateText CodePoints(RenderBudget budget, TemplateText text, int from, int to) =>
        text.Slice(budget, Offset(budget, text, from), Offset(budget, text, to));

    private static object Choose(RenderState state, object? value, List<int> indices)
    {
        List<object?> items = PythonValue.Iterate(state.Budget, value);
        state.Budget.MakeList(indices.Count);
        List<object?> chosen = indices.ConvertAll(i => items[i]);
        return value switch
        {
            TemplateText => StringMethods.Join(state, TemplateText.Empty, chosen),
            TemplateTuple => new TemplateTuple(chosen),
            _ => chosen,
        };
    }

    private static List<int> Indices(int from, int to, int step)
    {
        List<int> indices = [];
        for (long i = from; step > 0 ? i < to : i > to; i += step)
        {
            indices.Add((int)i);
        }

        return indices;
    }

    private static (int From, int To, int Step) Bounds(int count, object? start, object? stop, long step)
    {
        if (step == 0)
        {
            throw new ChatTemplateException("chat template: the step of a slice is 0");
        }

        (long low, long high) = step > 0 ? (0, count) : (-1, count - 1L);
        long from = Integer(start) is long a ? Math.Clamp(a < 0 ? a + count : a, low, high) : step > 0 ? low : high;
        long to = Integer(stop) is long b ? Math.Clamp(b < 0 ? b + count : b, low, high) : step > 0 ? high : low;
        return ((int)from, (int)to, (int)Math.Clamp(step, -count - 1L, count + 1L));
    }

    private static int? Place(int count, object key)
    {
        long index = Integer(key)!.Value;
        long at = index < 0 ? index + count : index;
        return at >= 0 && at < count ? (int)at : null;
    }

    private static long? Integer(object? value) => value switch
    {
        null => null,
        long number => number,
        bool truth => truth ? 1 : 0,
        _ => throw new ChatTemplateException($"chat template: the bounds of a slice must be integers, not {PythonValue.TypeName(value)}"),
    };
}
