using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Expressions;

/// <summary>The arguments as written: positional, <c>name=value</c>, <c>*list</c> and <c>**map</c>.</summary>
internal sealed class ArgumentList
{
    public List<(Expression Value, bool Spread)> Positional { get; } = [];

    public List<(string Name, Expression Value)> Named { get; } = [];

    public Expression? NamedSpread { get; set; }

    public Arguments Evaluate(Scope scope)
    {
        List<object?> positional = [];
        foreach ((Expression expression, bool spread) in Positional)
        {
            object? value = expression.Evaluate(scope);
            List<object?> items = spread ? PythonValue.Iterate(value) : [value];
            scope.State.Budget.Charge(items.Count);
            positional.AddRange(items);
        }

        Dictionary<string, object?> named = [];
        foreach ((string name, Expression value) in Named)
        {
            named[name] = value.Evaluate(scope);
        }

        foreach ((object key, object? value) in (NamedSpread?.Evaluate(scope) as TemplateMap)?.Entries ?? [])
        {
            named[PythonText.Str(key)] = value;
        }

        return new Arguments(positional, named);
    }
}
