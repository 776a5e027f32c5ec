using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>
/// The methods of Python's <c>list</c>. Those that change the list are allowed although Hugging Face's sandbox forbids them: every list is
/// a copy that lives for one rendering (<see cref="Import"/>), and published templates (Kimi K2) rely on them.
/// </summary>
internal static class ListMethods
{
    public static Dictionary<string, Builtin<List<object?>>> All { get; } = new()
    {
        ["append"] = new("object", Append),
        ["clear"] = new("", Clear),
        ["copy"] = new("", (state, list, _) => Copy(state, list)),
        ["count"] = new("value", (state, list, a) => (long)list.Count(item => PythonValue.AreEqual(state.Budget, item, a.Get(0)))),
        ["extend"] = new("iterable", Extend),
        ["index"] = new("value start? stop?", (state, list, a) => Index(state, list, a)),
        ["insert"] = new("index object", Insert),
        ["pop"] = new("index?", Pop),
        ["reverse"] = new("", Reverse),
    };

    public static List<object?> Copy(RenderState state, List<object?> items)
    {
        state.Budget.MakeList(items.Count);
        return [.. items];
    }

    private static object? Append(RenderState state, List<object?> list, BoundArguments arguments)
    {
        Changeable(list, "append");
        state.Budget.MakeList(1);
        list.Add(arguments.Get(0));
        return null;
    }

    private static object? Clear(RenderState state, List<object?> list, BoundArguments arguments)
    {
        Changeable(list, "clear");
        list.Clear();
        return null;
    }

    private static object? Extend(RenderState state, List<object?> list, BoundArguments arguments)
    {
        Changeable(list, "extend");
        list.AddRange(Copy(state, PythonValue.Iterate(state.Budget, arguments.Get(0))));
        return null;
    }

    private static long Index(RenderState state, List<object?> list, BoundArguments arguments)
    {
        long from = Clamped(arguments.Integer(1), list.Count);
        long to = Clamped(arguments.Integer(2, list.Count), list.Count);
        for (long i = from; i < to; i++)
        {
            if (PythonValue.AreEqual(state.Budget, list[(int)i], arguments.Get(0)))
            {
                return i;
            }
        }

        throw new ChatTemplateException("chat template: index: the value is not in the list");
    }

    private static object? Insert(RenderState state, List<object?> list, BoundArguments arguments)
    {
        Changeable(list, "insert");
        state.Budget.MakeList(1);
        state.Budget.Read(list.Count);
        list.Insert((int)Clamped(arguments.Integer(0), list.Count), arguments.Get(1));
        return null;
    }

    private static object? Pop(RenderState state, List<object?> list, BoundArguments arguments)
    {
        Changeable(list, "pop");
        long index = arguments.Integer(0, -1);
        long at = index < 0 ? index + list.Count : index;
        if (at < 0 || at >= list.Count)
        {
            throw new ChatTemplateException("chat template: pop from an empty list or beyond its end");
        }

        state.Budget.Read(list.Count - at);
        object? item = list[(int)at];
        list.RemoveAt((int)at);
        return item;
    }

    private static object? Reverse(RenderState state, List<object?> list, BoundArguments arguments)
    {
        Changeable(list, "reverse");
        state.Budget.Read(list.Count);
        list.Reverse();
        return null;
    }

    private static long Clamped(long position, int count) => Math.Clamp(position < 0 ? position + count : position, 0, count);

    private static void Changeable(List<object?> list, string method)
    {
        if (list is TemplateTuple)
        {
            throw new ChatTemplateException($"chat template: a tuple has no '{method}'");
        }
    }
}
