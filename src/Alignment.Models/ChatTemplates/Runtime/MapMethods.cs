namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>The methods of Python's <c>dict</c>.</summary>
internal static class MapMethods
{
    private static readonly Dictionary<string, Func<TemplateMap, Arguments, object?>> s_methods = new()
    {
        ["get"] = (map, a) => map.TryGet(a.Required(0, "key"), out object? value) ? value : a.Get(1, "default"),
        ["items"] = (map, _) => Items(map),
        ["keys"] = (map, _) => map.Keys.ToList<object?>(),
        ["values"] = (map, _) => map.Values.ToList(),
        ["pop"] = Pop,
        ["update"] = Update,
    };

    public static Func<TemplateMap, Arguments, object?>? Find(string name) => s_methods.GetValueOrDefault(name);

    public static List<object?> Items(TemplateMap map) =>
        map.Entries.Select(entry => (object?)new TemplateTuple([entry.Key, entry.Value])).ToList();

    private static object? Pop(TemplateMap map, Arguments arguments)
    {
        object? key = arguments.Required(0, "key");
        if (map.TryGet(key, out object? value))
        {
            map.Remove(key);
            return value;
        }

        return arguments.Has(1, "default")
            ? arguments.Get(1, "default")
            : throw new ChatTemplateException($"chat template: pop of the missing key {PythonText.Repr(key)}");
    }

    private static object? Update(TemplateMap map, Arguments arguments)
    {
        if (arguments.Get(0, "other") is TemplateMap other)
        {
            foreach ((object key, object? value) in other.Entries.ToList())
            {
                map[key] = value;
            }
        }

        foreach ((string name, object? value) in arguments.Named)
        {
            map[name] = value;
        }

        return null;
    }
}
