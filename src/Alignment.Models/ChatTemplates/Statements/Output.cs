using Alignment.Models.ChatTemplates.Expressions;
using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Statements;

internal sealed class Text(string text) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Write(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ value }}</c></summary>
internal sealed class Print(Expression value) : Statement
{
    public override Flow Execute(Scope scope)
    {
        scope.State.Write(PythonText.Str(value.Evaluate(scope)));
        return Flow.Next;
    }
}

/// <summary><c>{% filter name %}</c>: the filter sees what the body wrote; <c>{% generation %}</c> is the same without a filter.</summary>
internal sealed class FilteredBlock(Block body, string? filter, ArgumentList arguments) : Statement
{
    public override Flow Execute(Scope scope)
    {
        string text = body.Render(scope);
        object? result = filter is null ? text : Filters.Apply(scope.State, filter, text, arguments.Evaluate(scope));
        scope.State.Write(PythonText.Str(result));
        return Flow.Next;
    }
}
