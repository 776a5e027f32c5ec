using Alignment.Templates.Expressions;
using Alignment.Templates.Runtime;

namespace Alignment.Templates.Statements;

/// <summary><c>set target = value</c></summary>
internal sealed class Assignment(Expression target, Expression value) : Statement
{
    public override Flow Execute(Scope scope)
    {
        Target.Assign(scope, target, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set target | filter %}text{% endset %}</c></summary>
internal sealed class BlockAssignment(Expression target, FilteredBlock body) : Statement
{
    public override Flow Execute(Scope scope)
    {
        Target.Assign(scope, target, body.Evaluate(scope));
        return Flow.Next;
    }
}
