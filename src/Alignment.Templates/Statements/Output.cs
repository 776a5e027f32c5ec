using Alignment.Templates.Expressions;
using Alignment.Templates.Library;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Statements;

internal sealed class Text(string text) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Output.Append(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ value }}</c></summary>
internal sealed class Print(Expression value) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Output.Append(PythonText.Str(scope.State.Budget, value.Evaluate(scope)));
        return Flow.Next;
    }
}

/// <summary>
/// What a body writes, through filters from left to right: of <c>{% filter %}</c>, of <c>{% set %}</c>; without any of <c>{% generation
/// %}</c>.
/// </summary>
internal sealed class FilteredBlock(Block body, List<(string Name, ArgumentList Arguments)> filters) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Output.Append(PythonText.Str(scope.State.Budget, Evaluate(scope)));
        return Flow.Next;
    }

    public object? Evaluate(Scope scope)
    {
        object? value = body.Render(scope);
        foreach ((string name, ArgumentList arguments) in filters)
        {
            value = Filters.Apply(scope.State, name, value, arguments.Evaluate(scope));
        }

        return value;
    }
}
