using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>The methods of Python's <c>dict</c>.</summary>
internal static class MapMethods
{
    public static Dictionary<string, Builtin<TemplateMap>> All { get; } = new()
    {
        ["copy"] = new("", (state, map, _) => Merge(state, new TemplateMap(), map)),
        ["get"] = new("key default?", (state, map, a) => map.TryGet(state.Budget, a.Get(0), out object? value) ? value : a.Get(1)),
        ["items"] = new("", (state, map, _) => Items(state, map)),
        ["keys"] = new("", (state, map, _) => PythonValue.Iterate(state.Budget, map)),
        ["pop"] = new("key default?", Pop),
        ["setdefault"] = new("key default?", SetDefault),
        ["update"] = new("*", (state, map, a) => Update(state, map, a.Given)),
        ["values"] = new("", (state, map, _) => Values(state, map)),
    };

    public static List<object?> Items(RenderState state, TemplateMap map)
    {
        state.Budget.MakeList(map.Count * 10L);
        return map.Entries.Select(entry => (object?)new TemplateTuple([entry.Key, entry.Value])).ToList();
    }

    /// <summary>Adds a mapping, or pairs, and then what is named.</summary>
    public static object? Update(RenderState state, TemplateMap map, Arguments given)
    {
        if (given.Positional.Count > 1)
        {
            throw new ChatTemplateException($"chat template: a mapping is made of at most 1 argument, not {given.Positional.Count}");
        }

        foreach (object? other in given.Positional)
        {
            Merge(state, map, other);
        }

        foreach ((string name, object? value) in given.Named)
        {
            map.Set(state.Budget, TemplateText.Template(name), value);
        }

        return null;
    }

    private static TemplateMap Merge(RenderState state, TemplateMap map, object? other)
    {
        foreach (object? pair
            in other is TemplateMap entries ? Items(state, entries) : ListMethods.Copy(state, PythonValue.Iterate(state.Budget, other)))
        {
            List<object?> parts = PythonValue.Iterate(state.Budget, pair);
            if (parts.Count != 2)
            {
                throw new ChatTemplateException("chat template: a mapping is made of pairs");
            }

            map.Set(state.Budget, parts[0], parts[1]);
        }

        return map;
    }

    private static List<object?> Values(RenderState state, TemplateMap map)
    {
        state.Budget.MakeList(map.Count);
        return map.Values.ToList();
    }

    private static object? SetDefault(RenderState state, TemplateMap map, BoundArguments arguments)
    {
        if (map.TryGet(state.Budget, arguments.Get(0), out object? value))
        {
            return value;
        }

        map.Set(state.Budget, arguments.Get(0), arguments.Get(1));
        return arguments.Get(1);
    }

    private static object? Pop(RenderState state, TemplateMap map, BoundArguments arguments)
    {
        object? key = arguments.Get(0);
        if (map.TryGet(state.Budget, key, out object? value))
        {
            map.Remove(state.Budget, key);
            return value;
        }

        return arguments.Has(1)
            ? arguments.Get(1)
            : throw new ChatTemplateException($"chat template: pop of the missing key {PythonText.Brief(key)}");
    }
}
