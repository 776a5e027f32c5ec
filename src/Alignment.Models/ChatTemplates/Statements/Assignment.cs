using Alignment.Models.ChatTemplates.Expressions;
using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Statements;

/// <summary><c>set target = value</c></summary>
internal sealed class Assignment(Expression target, Expression value) : Statement
{
    public override Flow Execute(Scope scope)
    {
        Target.Assign(scope, target, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set target %}text{% endset %}</c></summary>
internal sealed class BlockAssignment(Expression target, Block body) : Statement
{
    public override Flow Execute(Scope scope)
    {
        Target.Assign(scope, target, body.Render(scope));
        return Flow.Next;
    }
}
