namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>
/// The methods of Python's <c>list</c>. Those that change the list are allowed although Hugging Face's sandbox forbids them: every list is a
/// copy that lives for one rendering (<see cref="Import"/>), and published templates (Kimi K2) rely on them.
/// </summary>
internal static class ListMethods
{
    private static readonly Dictionary<string, Func<List<object?>, Arguments, object?>> s_methods = new()
    {
        ["append"] = Append,
        ["pop"] = Pop,
        ["index"] = (list, a) => (long)list.FindIndex(item => PythonValue.AreEqual(item, a.Required(0, "value"))),
        ["count"] = (list, a) => (long)list.Count(item => PythonValue.AreEqual(item, a.Required(0, "value"))),
        ["copy"] = (list, _) => new List<object?>(list),
    };

    public static Func<List<object?>, Arguments, object?>? Find(string name) => s_methods.GetValueOrDefault(name);

    private static object? Append(List<object?> list, Arguments arguments)
    {
        list.Add(arguments.Required(0, "object"));
        return null;
    }

    private static object? Pop(List<object?> list, Arguments arguments)
    {
        long index = arguments.Integer(0, "index", -1);
        long at = index < 0 ? index + list.Count : index;
        if (at < 0 || at >= list.Count)
        {
            throw new ChatTemplateException("chat template: pop from an empty list or beyond its end");
        }

        object? item = list[(int)at];
        list.RemoveAt((int)at);
        return item;
    }
}
