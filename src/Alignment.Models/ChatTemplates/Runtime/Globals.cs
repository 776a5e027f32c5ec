namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>The functions a template finds without being given them.</summary>
internal static class Globals
{
    public static Dictionary<string, object?> All { get; } = new()
    {
        ["range"] = (TemplateFunction)Range,
        ["namespace"] = (TemplateFunction)Namespace,
        ["dict"] = (TemplateFunction)Dict,
        ["raise_exception"] = (TemplateFunction)((_, a) => throw new ChatTemplateException(PythonText.Str(a.Required(0, "message")))),
        ["strftime_now"] = (TemplateFunction)((state, a) => DateFormat.Format(state.Time.GetLocalNow(), a.Text(0, "format"))),
    };

    private static object? Range(RenderState state, Arguments arguments)
    {
        bool single = !arguments.Has(1, "stop");
        long start = single ? 0 : arguments.Integer(0, "start", 0);
        long stop = arguments.Integer(single ? 0 : 1, "stop", 0);
        long step = arguments.Integer(2, "step", 1);
        Int128 count = step == 0
            ? throw new ChatTemplateException("chat template: the step of range is 0")
            : ((Int128)stop - start + step - Math.Sign(step)) / step;
        if (count > RenderBudget.MaxRange)
        {
            throw new ChatTemplateException($"chat template: range is longer than {RenderBudget.MaxRange}");
        }

        state.Budget.Charge((long)Int128.Max(count, 0));
        return Enumerable.Range(0, (int)Int128.Max(count, 0)).Select(i => (object?)(start + (i * step))).ToList();
    }

    private static object? Namespace(RenderState state, Arguments arguments)
    {
        var space = new TemplateNamespace();
        foreach ((object key, object? value) in ((TemplateMap)Dict(state, arguments)!).Entries)
        {
            space.Attributes[PythonText.Str(key)] = value;
        }

        return space;
    }

    private static object? Dict(RenderState state, Arguments arguments)
    {
        var map = new TemplateMap();
        MapMethods.Find("update")!(map, arguments);
        return map;
    }
}
