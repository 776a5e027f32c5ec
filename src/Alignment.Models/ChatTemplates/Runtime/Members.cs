namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>What <c>value.name</c> means: a method first, then an element, as Jinja looks them up.</summary>
internal static class Members
{
    public static object? Get(object? value, string name)
    {
        if (value is Undefined)
        {
            throw new ChatTemplateException($"chat template: {PythonValue.TypeName(value)} has no '{name}'");
        }

        if (value is TemplateNamespace space)
        {
            return space.Attributes.TryGetValue(name, out object? attribute) ? attribute : new Undefined(name);
        }

        if (value is LoopState loop)
        {
            return loop.Get(name);
        }

        return Method(value, name) is { } method ? method : value is TemplateMap ? Slicing.Index(value, name) : new Undefined(name);
    }

    /// <summary>Looks up a path such as <c>function.name</c> or <c>0.text</c>, as the filters <c>map</c> and <c>selectattr</c> do.</summary>
    public static object? GetPath(object? value, string path)
    {
        foreach (string part in path.Split('.'))
        {
            value = long.TryParse(part, out long index) ? Slicing.Index(value, index) : value is TemplateMap ? Slicing.Index(value, part) : Get(value, part);
        }

        return value;
    }

    private static TemplateFunction? Method(object? value, string name) => value switch
    {
        string text when StringMethods.Find(name) is { } method => Charged(text.Length, arguments => method(text, arguments)),
        List<object?> list when ListMethods.Find(name) is { } method => Charged(list.Count, arguments => method(list, arguments)),
        TemplateMap map when MapMethods.Find(name) is { } method => Charged(map.Count, arguments => method(map, arguments)),
        _ => null,
    };

    private static TemplateFunction Charged(int size, Func<Arguments, object?> method) => (state, arguments) =>
    {
        state.Budget.Charge(size);
        object? result = method(arguments);
        state.Budget.Charge(PythonValue.Size(result));
        return result;
    };
}
