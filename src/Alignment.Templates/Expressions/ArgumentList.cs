using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Expressions;

/// <summary>The arguments as written: positional, <c>name=value</c>, <c>*list</c> and <c>**map</c>.</summary>
internal sealed class ArgumentList(
    List<(Expression Value, bool Spread)> positional, List<(string Name, Expression Value)> named, Expression? namedSpread)
{
    public static ArgumentList Empty { get; } = new([], [], null);

    /// <summary>A positional argument that is written as a string; null where it is not, or not certain to stand there.</summary>
    public string? StringAt(int index) =>
        index < positional.Count && !positional.Take(index + 1).Any(argument => argument.Spread)
            ? ((positional[index].Value as Literal)?.Value as TemplateText)?.Value
            : null;

    public Arguments Evaluate(Scope scope)
    {
        if (positional.Count == 0 && named.Count == 0 && namedSpread is null)
        {
            return Arguments.None;
        }

        scope.State.Budget.MakeList(2 + positional.Count + (3L * named.Count));
        return new Arguments(EvaluatePositional(scope), EvaluateNamed(scope));
    }

    private List<object?> EvaluatePositional(Scope scope)
    {
        List<object?> values = new(positional.Count);
        foreach ((Expression expression, bool spread) in positional)
        {
            object? value = expression.Evaluate(scope);
            List<object?> items = spread ? PythonValue.Iterate(scope.State.Budget, value) : [value];
            scope.State.Budget.MakeList(items.Count);
            values.AddRange(items);
        }

        return values;
    }

    private Dictionary<string, object?> EvaluateNamed(Scope scope)
    {
        if (named.Count == 0 && namedSpread is null)
        {
            return Arguments.None.Named;
        }

        Dictionary<string, object?> values = [];
        foreach ((string name, Expression value) in named)
        {
            Add(values, name, value.Evaluate(scope));
        }

        foreach ((object key, object? value) in Spread(scope)?.Entries ?? [])
        {
            scope.State.Budget.MakeList(2);
            Add(
                values,
                (key as TemplateText)?.Value ?? throw new ChatTemplateException("chat template: names of arguments must be strings"),
                value);
        }

        return values;
    }

    private TemplateMap? Spread(Scope scope) => namedSpread?.Evaluate(scope) switch
    {
        null => null,
        TemplateMap map => map,
        var other => throw new ChatTemplateException($"chat template: ** takes a mapping, not {PythonValue.TypeName(other)}"),
    };

    private static void Add(Dictionary<string, object?> values, string name, object? value)
    {
        if (!values.TryAdd(name, value))
        {
            throw new ChatTemplateException($"chat template: the argument '{name}' is given twice");
        }
    }
}
