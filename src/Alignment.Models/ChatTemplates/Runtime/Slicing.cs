namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Python's indices and slices over strings (counted in code points) and lists.</summary>
internal static class Slicing
{
    public static object? Index(object? value, object? key) => value switch
    {
        TemplateMap map => map.TryGet(key, out object? found) ? found : Missing(key),
        List<object?> list when key is long index => Element(list, index),
        string text when key is long index => Element(PythonValue.Iterate(text), index),
        Undefined => throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no elements"),
        _ => Missing(key),
    };

    public static object? Slice(object? value, object? start, object? stop, object? step)
    {
        List<object?> items = value is string or List<object?>
            ? PythonValue.Iterate(value)
            : throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} cannot be sliced");
        List<object?> chosen = Indices(items.Count, start, stop, Integer(step) ?? 1).Select(i => items[i]).ToList();
        return value switch
        {
            string => string.Concat(chosen),
            TemplateTuple => new TemplateTuple(chosen),
            _ => chosen,
        };
    }

    private static IEnumerable<int> Indices(int count, object? start, object? stop, long step)
    {
        if (step == 0)
        {
            throw new ChatTemplateException("chat template: the step of a slice is 0");
        }

        (long low, long high) = step > 0 ? (0, count) : (-1, count - 1L);
        long from = Integer(start) is long a ? Math.Clamp(a < 0 ? a + count : a, low, high) : step > 0 ? low : high;
        long to = Integer(stop) is long b ? Math.Clamp(b < 0 ? b + count : b, low, high) : step > 0 ? high : low;
        step = Math.Clamp(step, -count - 1L, count + 1L);
        for (long i = from; step > 0 ? i < to : i > to; i += step)
        {
            yield return (int)i;
        }
    }

    private static object? Element(List<object?> items, long index)
    {
        long at = index < 0 ? index + items.Count : index;
        return at >= 0 && at < items.Count ? items[(int)at] : Missing(index);
    }

    private static Undefined Missing(object? key) => new(PythonText.Str(key));

    private static long? Integer(object? value) => value switch
    {
        null or Undefined => null,
        long number => number,
        bool truth => truth ? 1 : 0,
        _ => throw new ChatTemplateException("chat template: the bounds of a slice must be integers"),
    };
}
