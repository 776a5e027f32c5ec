using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>
/// What <c>value.name</c> and <c>value[key]</c> mean: the first looks for a method first, the second for an element, as in Jinja.
/// </summary>
internal static class Members
{
    public static object? Get(RenderState state, object? value, TemplateText name)
    {
        if (value is Undefined)
        {
            throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no '{name}'");
        }

        if (TryAttribute(state, value, name.Value, out object? found)
            || (value is TemplateMap map && map.TryGet(state.Budget, name, out found)))
        {
            return found;
        }

        // Python's inner attributes do not exist here; a template that asks for one is not what it seems.
        return !name.Value.StartsWith("__", StringComparison.Ordinal)
            ? Undefined.At(name)
            : throw new ChatTemplateException($"chat template: the attribute '{name}' is not safe");
    }

    public static object? GetElement(RenderState state, object? value, object? key)
    {
        object? element = Slicing.Index(state, value, key);
        return element is Undefined && key is TemplateText name && TryAttribute(state, value, name.Value, out object? attribute)
            ? attribute
            : element;
    }

    /// <summary>
    /// Looks up a path such as <c>function.name</c> or <c>0.text</c>, as the filters <c>map</c> and <c>selectattr</c> do.
    /// </summary>
    public static object? GetPath(RenderState state, object? value, object? path)
    {
        if (path is not TemplateText text)
        {
            return GetElement(state, value, path);
        }

        state.Budget.Make(64 + (4L * text.Length));
        foreach (string part in text.Value.Split('.'))
        {
            state.Budget.Step();
            value = GetElement(state, value, long.TryParse(part, out long index) ? index : TemplateText.Template(part));
        }

        return value;
    }

    private static bool TryAttribute(RenderState state, object? value, string name, out object? attribute)
    {
        if (value is TemplateNamespace space)
        {
            return space.Attributes.TryGetValue(name, out attribute);
        }

        if (value is TemplateGroup group && name is ("grouper" or "list"))
        {
            attribute = name == "list" ? group.List : group.Grouper;
            return true;
        }

        attribute = value switch
        {
            TemplateText text => Bound(state, StringMethods.All, text, name),
            TemplateMap map => Bound(state, MapMethods.All, map, name),
            List<object?> list => Bound(state, ListMethods.All, list, name),
            LoopState loop => loop.Get(state.Budget, name),
            _ => null,
        };
        return attribute is not null;
    }

    private static TemplateFunction? Bound<T>(RenderState state, Dictionary<string, Builtin<T>> methods, T self, string name)
    {
        const int FunctionBytes = 160;
        if (!methods.TryGetValue(name, out Builtin<T>? method))
        {
            return null;
        }

        state.Budget.Make(FunctionBytes);
        return Function(method, self, name);
    }

    private static TemplateFunction Function<T>(Builtin<T> method, T self, string name) =>
        (state, arguments) => method.Invoke(state, name, self, arguments);
}
