using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>The functions a template finds without being given them.</summary>
internal static class Globals
{
    /// <summary>As the sandbox of Jinja.</summary>
    private const int MaxRange = 100_000;

    private static readonly Dictionary<string, Builtin<object?>> s_functions = new()
    {
        ["dict"] = new("*", (state, _, a) => Dict(state, a.Given)),
        ["namespace"] = new("*", (state, _, a) => Namespace(state, a.Given)),
        ["raise_exception"] = new("message", (state, _, a) =>
            throw new ChatTemplateException(PythonText.Str(state.Budget, a.Get(0)).Value)),
        ["range"] = new("start stop? step?", Range),
        ["strftime_now"] = new("format", (state, _, a) => DateFormat.Format(state, a.Text(0))),
    };

    public static Dictionary<string, object?> All { get; } = s_functions.ToDictionary(
        function => function.Key,
        function => (object?)(TemplateFunction)((state, arguments) => function.Value.Invoke(state, function.Key, null, arguments)));

    private static List<object?> Range(RenderState state, object? self, BoundArguments arguments)
    {
        long start = arguments.Has(1) ? arguments.Integer(0) : 0;
        long stop = arguments.Integer(arguments.Has(1) ? 1 : 0);
        long step = arguments.Integer(2, 1);
        Int128 count = step == 0
            ? throw new ChatTemplateException("chat template: the step of range is 0")
            : ((Int128)stop - start + step - Math.Sign(step)) / step;
        if (count > MaxRange)
        {
            throw new ChatTemplateException($"chat template: range is longer than {MaxRange}");
        }

        int length = (int)Int128.Max(count, 0);
        state.Budget.MakeList(length);
        List<object?> numbers = new(length);
        for (int i = 0; i < length; i++)
        {
            numbers.Add(Numbers.Box(state.Budget, start + (i * step)));
        }

        return numbers;
    }

    private static TemplateNamespace Namespace(RenderState state, Arguments given)
    {
        var space = new TemplateNamespace();
        foreach ((object key, object? value) in Dict(state, given).Entries)
        {
            space.Attributes[PythonText.Str(state.Budget, key).Value] = value;
        }

        return space;
    }

    private static TemplateMap Dict(RenderState state, Arguments given)
    {
        const int MapBytes = 600;
        state.Budget.Make(MapBytes);
        var map = new TemplateMap();
        MapMethods.Update(state, map, given);
        return map;
    }
}
