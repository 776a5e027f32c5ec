namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Jinja's filters over lists, maps and strings. Results are lists at once, never lazy.</summary>
internal static class SequenceFilters
{
    private delegate object? Filter(RenderState state, object? value, Arguments arguments);

    private static readonly Dictionary<string, Filter> s_filters = new()
    {
        ["count"] = (_, value, _) => Length(value),
        ["dictsort"] = (_, value, a) => DictSort(value, a),
        ["first"] = (_, value, _) => Edge(value, first: true),
        ["join"] = (_, value, a) => Join(value, a),
        ["last"] = (_, value, _) => Edge(value, first: false),
        ["length"] = (_, value, _) => Length(value),
        ["list"] = (_, value, _) => new List<object?>(PythonValue.Iterate(value)),
        ["map"] = Map,
        ["max"] = (_, value, _) => Extreme(value, 1),
        ["min"] = (_, value, _) => Extreme(value, -1),
        ["reject"] = (state, value, a) => Select(value, item => !Test(state, item, a)),
        ["rejectattr"] = (state, value, a) => Select(value, item => !TestAttribute(state, item, a)),
        ["reverse"] = (_, value, _) => Reverse(value),
        ["select"] = (state, value, a) => Select(value, item => Test(state, item, a)),
        ["selectattr"] = (state, value, a) => Select(value, item => TestAttribute(state, item, a)),
        ["sort"] = (_, value, a) => Sort(value, a),
        ["sum"] = (_, value, _) => PythonValue.Iterate(value).Aggregate((object?)0L, (x, y) => Arithmetic.Add(x, y)),
        ["unique"] = (_, value, _) => Unique(value),
    };

    public static Func<object?, Arguments, object?>? Find(RenderState state, string name) =>
        s_filters.TryGetValue(name, out Filter? filter) ? (value, arguments) => filter(state, value, arguments) : null;

    private static long Length(object? value) => value switch
    {
        string text => text.EnumerateRunes().LongCount(),
        List<object?> or TemplateMap => PythonValue.Size(value),
        Undefined => 0,
        _ => throw Filters.Misused("length", value),
    };

    private static object? Edge(object? value, bool first)
    {
        List<object?> items = PythonValue.Iterate(value);
        if (items.Count == 0)
        {
            return new Undefined(first ? "first" : "last");
        }

        return first ? items[0] : items[^1];
    }

    private static string Join(object? value, Arguments arguments)
    {
        IEnumerable<object?> items = PythonValue.Iterate(value);
        if (arguments.Get(1, "attribute") is string path)
        {
            items = items.Select(item => Members.GetPath(item, path));
        }

        return StringMethods.Join(PythonText.Str(arguments.Get(0, "d", "")), items.ToList());
    }

    private static List<object?> Map(RenderState state, object? value, Arguments arguments)
    {
        List<object?> items = IterateOrNothing(value);
        if (arguments.Named.TryGetValue("attribute", out object? path))
        {
            object? missing = arguments.Named.GetValueOrDefault("default", new Undefined("attribute"));
            return items.ConvertAll(item => Members.GetPath(item, PythonText.Str(path)) is var found and not Undefined ? found : missing);
        }

        string filter = arguments.Text(0, "filter");
        return items.ConvertAll(item => Filters.Apply(state, filter, item, arguments.Skip(1)));
    }

    private static bool Test(RenderState state, object? item, Arguments arguments) =>
        arguments.Positional.Count == 0 ? PythonValue.IsTrue(item) : Tests.Apply(state, arguments.Text(0, "test"), item, arguments.Skip(1));

    private static bool TestAttribute(RenderState state, object? item, Arguments arguments) =>
        Test(state, Members.GetPath(item, arguments.Text(0, "attribute")), arguments.Skip(1));

    private static List<object?> Select(object? value, Predicate<object?> keep) => IterateOrNothing(value).FindAll(keep);

    /// <summary>Jinja's <c>map</c> and <c>select</c> take none and false for an empty sequence.</summary>
    private static List<object?> IterateOrNothing(object? value) => PythonValue.IsTrue(value) ? PythonValue.Iterate(value) : [];

    private static object? Reverse(object? value)
    {
        List<object?> items = [.. PythonValue.Iterate(value)];
        items.Reverse();
        return value is string ? string.Concat(items) : items;
    }

    private static List<object?> Sort(object? value, Arguments arguments)
    {
        string? path = arguments.Get(2, "attribute") as string;
        bool ignoreCase = !PythonValue.IsTrue(arguments.Get(1, "case_sensitive"));
        object? Key(object? item)
        {
            object? key = path is null ? item : Members.GetPath(item, path);
            return ignoreCase && key is string text ? text.ToLowerInvariant() : key;
        }

        return Ordered(PythonValue.Iterate(value), Key, PythonValue.IsTrue(arguments.Get(0, "reverse")));
    }

    private static List<object?> DictSort(object? value, Arguments arguments)
    {
        TemplateMap map = value as TemplateMap ?? throw Filters.Misused("dictsort", value);
        int by = arguments.Get(1, "by") is "value" ? 1 : 0;
        bool ignoreCase = !PythonValue.IsTrue(arguments.Get(0, "case_sensitive"));
        object? Key(object? pair) => ((TemplateTuple)pair!)[by] is string text && ignoreCase ? text.ToLowerInvariant() : ((TemplateTuple)pair!)[by];
        return Ordered(MapMethods.Items(map), Key, PythonValue.IsTrue(arguments.Get(2, "reverse")));
    }

    private static List<object?> Ordered(List<object?> items, Func<object?, object?> key, bool reverse)
    {
        var comparer = Comparer<object?>.Create(PythonValue.Compare);
        return (reverse ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer)).ToList();
    }

    private static object? Extreme(object? value, int sign)
    {
        List<object?> items = PythonValue.Iterate(value);
        return items.Count == 0 ? new Undefined(sign > 0 ? "max" : "min") : items.Aggregate((x, y) => PythonValue.Compare(y, x) * sign > 0 ? y : x);
    }

    private static List<object?> Unique(object? value)
    {
        var seen = new TemplateMap();
        return Select(value, item =>
        {
            bool known = seen.TryGet(item, out _);
            seen[item] = null;
            return !known;
        });
    }
}
