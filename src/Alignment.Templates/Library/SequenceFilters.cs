using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>Jinja's filters over lists, maps and strings. Results are lists at once, never lazy.</summary>
internal static class SequenceFilters
{
    public static Dictionary<string, Builtin<object?>> All { get; } = new()
    {
        ["batch"] = new("linecount fill_with?", Batch),
        ["count"] = new("", (_, value, _) => Length(value)),
        ["dictsort"] = new("case_sensitive? by? reverse?", DictSort),
        ["first"] = new("", (state, value, _) => Edge(state, value, first: true)),
        ["groupby"] = new("attribute default? case_sensitive?", GroupBy),
        ["join"] = new("d? attribute?", Join),
        ["last"] = new("", (state, value, _) => Edge(state, value, first: false)),
        ["length"] = new("", (_, value, _) => Length(value)),
        ["list"] = new("", (state, value, _) => ListMethods.Copy(state, PythonValue.Iterate(state.Budget, value))),
        ["map"] = new("*", (state, value, a) => Map(state, value, a.Given)),
        ["max"] = new("case_sensitive? attribute?", (state, value, a) => Extreme(state, value, a, largest: true)),
        ["min"] = new("case_sensitive? attribute?", (state, value, a) => Extreme(state, value, a, largest: false)),
        ["reject"] = new("*", (state, value, a) => Select(state, value, item => !Test(state, item, a.Given))),
        ["rejectattr"] = new("*", (state, value, a) => Select(state, value, item => !TestAttribute(state, item, a.Given))),
        ["reverse"] = new("", Reverse),
        ["select"] = new("*", (state, value, a) => Select(state, value, item => Test(state, item, a.Given))),
        ["selectattr"] = new("*", (state, value, a) => Select(state, value, item => TestAttribute(state, item, a.Given))),
        ["slice"] = new("slices fill_with?", Slice),
        ["sort"] = new("reverse? case_sensitive? attribute?", Sort),
        ["sum"] = new("attribute? start?", Sum),
        ["unique"] = new("case_sensitive? attribute?", Unique),
    };

    private static long Length(object? value) => value switch
    {
        TemplateText text => text.CodePoints,
        List<object?> or TemplateMap => PythonValue.Size(value),
        Undefined => 0,
        _ => throw Filters.Misused("length", value),
    };

    private static object? Edge(RenderState state, object? value, bool first)
    {
        if (value is TemplateText text)
        {
            return Slicing.Index(state, text, first ? 0L : -1L);
        }

        List<object?> items = PythonValue.Iterate(state.Budget, value);
        if (items.Count == 0)
        {
            return new Undefined(first ? "first" : "last");
        }

        return first ? items[0] : items[^1];
    }

    private static TemplateText Join(RenderState state, object? value, BoundArguments arguments)
    {
        object? path = arguments.Get(1);
        List<object?> items = PythonValue.Iterate(state.Budget, value);
        state.Budget.MakeList(items.Count);
        List<object?> texts = items.ConvertAll(
            item => (object?)PythonText.Str(state.Budget, path is null ? item : Members.GetPath(state, item, path)));
        return StringMethods.Join(state, PythonText.Str(state.Budget, arguments.Get(0, TemplateText.Empty)), texts);
    }

    private static List<object?> Map(RenderState state, object? value, Arguments arguments)
    {
        List<object?> items = IterateOrNothing(state, value);
        state.Budget.MakeList(items.Count);
        if (arguments.Positional.Count == 0 && arguments.Named.TryGetValue("attribute", out object? path))
        {
            string? unknown = arguments.Named.Keys.FirstOrDefault(name => name is not ("attribute" or "default"));
            return unknown is not null
                ? throw new ChatTemplateException($"chat template: map has no argument '{unknown}'")
                : items.ConvertAll(
                    item => AttributeOr(state, item, path, arguments.Named.GetValueOrDefault("default", new Undefined("attribute"))));
        }

        string filter = FirstName(arguments, "filter");
        Arguments rest = arguments.Skip(1);
        return items.ConvertAll(item => Filters.Apply(state, filter, item, rest));
    }

    private static object? AttributeOr(RenderState state, object? item, object? path, object? missing) =>
        Members.GetPath(state, item, path) is var found and not Undefined ? found : missing;

    private static string FirstName(Arguments arguments, string what) => arguments.Positional is [TemplateText name, ..]
        ? name.Value
        : throw new ChatTemplateException($"chat template: the name of a {what} is missing");

    private static bool Test(RenderState state, object? item, Arguments arguments) => arguments.Positional.Count == 0
        ? PythonValue.IsTrue(item)
        : Tests.Apply(state, FirstName(arguments, "test"), item, arguments.Skip(1));

    private static bool TestAttribute(RenderState state, object? item, Arguments arguments) => arguments.Positional.Count == 0
        ? throw new ChatTemplateException("chat template: the name of an attribute is missing")
        : Test(state, Members.GetPath(state, item, arguments.Positional[0]), arguments.Skip(1));

    private static List<object?> Select(RenderState state, object? value, Predicate<object?> keep)
    {
        List<object?> items = IterateOrNothing(state, value);
        state.Budget.MakeList(items.Count);
        return items.FindAll(keep);
    }

    /// <summary>Jinja's <c>map</c> and <c>select</c> take none and false for an empty sequence.</summary>
    private static List<object?> IterateOrNothing(RenderState state, object? value) =>
        PythonValue.IsTrue(value) ? PythonValue.Iterate(state.Budget, value) : [];

    private static object? Reverse(RenderState state, object? value, BoundArguments arguments)
    {
        List<object?> items = ListMethods.Copy(state, PythonValue.Iterate(state.Budget, value));
        items.Reverse();
        return value is TemplateText ? StringMethods.Join(state, TemplateText.Empty, items) : items;
    }

    private static List<object?> Sort(RenderState state, object? value, BoundArguments arguments)
    {
        Func<object?, object?> key = Key(state, arguments.Get(2), arguments.IsTrue(1));
        return Ordering.Sort(state.Budget, PythonValue.Iterate(state.Budget, value), key, arguments.IsTrue(0));
    }

    private static List<object?> DictSort(RenderState state, object? value, BoundArguments arguments)
    {
        TemplateMap map = value as TemplateMap ?? throw Filters.Misused("dictsort", value);
        long part = (arguments.Get(1) as TemplateText)?.Value switch
        {
            null or "key" => 0,
            "value" => 1,
            _ => throw new ChatTemplateException("chat template: dictsort is by 'key' or by 'value'"),
        };
        return Ordering.Sort(state.Budget, MapMethods.Items(state, map), Key(state, part, arguments.IsTrue(0)), arguments.IsTrue(2));
    }

    private static List<object?> GroupBy(RenderState state, object? value, BoundArguments arguments)
    {
        object? missing = arguments.Get(1);
        Func<object?, object?> written = item =>
            Members.GetPath(state, item, arguments.Get(0)) is var found && found is Undefined && missing is not null ? missing : found;
        Func<object?, object?> key = arguments.IsTrue(2) ? written : item => WithoutCase(state, written(item));
        List<object?> groups = [];
        object? last = null;
        foreach (object? item in Ordering.Sort(state.Budget, PythonValue.Iterate(state.Budget, value), key, reverse: false))
        {
            object? current = key(item);
            if (groups.Count == 0 || !PythonValue.AreEqual(state.Budget, current, last))
            {
                state.Budget.MakeList(4);
                groups.Add(new TemplateGroup(written(item), []));
            }

            state.Budget.MakeList(1);
            ((TemplateGroup)groups[^1]!).List.Add(item);
            last = current;
        }

        return groups;
    }

    private static List<object?> Batch(RenderState state, object? value, BoundArguments arguments)
    {
        long size = arguments.Integer(0);
        if (size < 1)
        {
            throw new ChatTemplateException("chat template: a batch has at least one item");
        }

        List<object?> items = PythonValue.Iterate(state.Budget, value);
        List<object?> batches = [];
        for (long at = 0; at < items.Count; at += size)
        {
            int count = (int)Math.Min(size, items.Count - at);
            long length = arguments.Get(1) is null ? count : size;
            state.Budget.MakeList(length);
            batches.Add(Filled(items.GetRange((int)at, count), length, arguments.Get(1)));
        }

        return batches;
    }

    /// <summary>So many lists of nearly equal length; the first ones are longer.</summary>
    private static List<object?> Slice(RenderState state, object? value, BoundArguments arguments)
    {
        long slices = arguments.Integer(0);
        if (slices < 1)
        {
            throw new ChatTemplateException("chat template: there is at least one slice");
        }

        List<object?> items = PythonValue.Iterate(state.Budget, value);
        state.Budget.Reserve((Int128)slices * 64);
        state.Budget.MakeList((2 * slices) + items.Count);
        (long each, long longer) = Math.DivRem(items.Count, slices);
        List<object?> parts = [];
        int from = 0;
        for (long i = 0; i < slices; i++)
        {
            int count = (int)(each + (i < longer ? 1 : 0));
            bool filled = arguments.Get(1) is not null && i >= longer;
            parts.Add(Filled(items.GetRange(from, count), count + (filled ? 1 : 0), arguments.Get(1)));
            from += count;
        }

        return parts;
    }

    private static List<object?> Filled(List<object?> items, long length, object? fill)
    {
        while (items.Count < length)
        {
            items.Add(fill);
        }

        return items;
    }

    private static object? Sum(RenderState state, object? value, BoundArguments arguments)
    {
        object? path = arguments.Get(0);
        object? sum = arguments.Get(1, 0L);
        if (sum is TemplateText)
        {
            throw Filters.Misused("sum", sum);
        }

        foreach (object? item in PythonValue.Iterate(state.Budget, value))
        {
            state.Budget.Step();
            sum = Arithmetic.Add(state, sum, path is null ? item : Members.GetPath(state, item, path));
        }

        return sum;
    }

    private static object? Extreme(RenderState state, object? value, BoundArguments arguments, bool largest)
    {
        Func<object?, object?> key = Key(state, arguments.Get(1), arguments.IsTrue(0));
        List<object?> items = PythonValue.Iterate(state.Budget, value);
        object? best = items.Count == 0 ? new Undefined(largest ? "max" : "min") : items[0];
        foreach (object? item in items)
        {
            bool better = largest
                ? PythonValue.IsLess(state.Budget, key(best), key(item))
                : PythonValue.IsLess(state.Budget, key(item), key(best));
            best = better ? item : best;
        }

        return best;
    }

    private static List<object?> Unique(RenderState state, object? value, BoundArguments arguments)
    {
        Func<object?, object?> key = Key(state, arguments.Get(1), arguments.IsTrue(0));
        var seen = new TemplateMap();
        return Select(state, value, item =>
        {
            object? known = key(item);
            bool isNew = !seen.TryGet(state.Budget, known, out _);
            seen.Set(state.Budget, known, null);
            return isNew;
        });
    }

    /// <summary>What items are compared by: an attribute, or several with commas between them; without case unless it counts.</summary>
    private static Func<object?, object?> Key(RenderState state, object? path, bool caseSensitive)
    {
        if (path is TemplateText several && several.Value.Contains(',', StringComparison.Ordinal))
        {
            Func<object?, object?>[] keys =
            [
                .. several.Value.Split(',').Select(one => Key(state, TemplateText.Template(one), caseSensitive)),
            ];
            return item => keys.Select(key => key(item)).ToList();
        }

        return item =>
            (path is null ? item : Members.GetPath(state, item, path)) is var found && caseSensitive ? found : WithoutCase(state, found);
    }

    private static object? WithoutCase(RenderState state, object? value) =>
        value is TemplateText text ? Casing.Lower(state.Budget, text) : value;
}
