using Alignment.Templates.Expressions;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Statements;

/// <summary><c>if</c> with its <c>elif</c> branches; no scope of its own.</summary>
internal sealed class If(List<(Expression Condition, Block Body)> branches, Block? otherwise) : Statement
{
    public override Flow Execute(Scope scope)
    {
        foreach ((Expression condition, Block body) in branches)
        {
            if (PythonValue.IsTrue(condition.Evaluate(scope)))
            {
                return body.Execute(scope);
            }
        }

        return otherwise?.Execute(scope) ?? Flow.Next;
    }
}

/// <summary><c>break</c> and <c>continue</c></summary>
internal sealed class Jump(Flow flow) : Statement
{
    public override Flow Execute(Scope scope) => flow;
}

/// <summary><c>{% with name = value %}</c>: names for the body; the values do not see one another.</summary>
internal sealed class With(List<(Expression Target, Expression Value)> assignments, Block body) : Statement
{
    public override Flow Execute(Scope scope)
    {
        Scope inner = scope.Child();
        foreach ((Expression target, Expression value) in assignments)
        {
            Target.Assign(inner, target, value.Evaluate(scope));
        }

        return body.Execute(inner);
    }
}

/// <summary><c>{% block name %}</c>: sees the names of the whole template, and those around it where it is <c>scoped</c>.</summary>
internal sealed class NamedBlock(Block body, bool scoped) : Statement
{
    public override Flow Execute(Scope scope)
    {
        body.Execute((scoped ? scope : scope.Top).Child());
        return Flow.Next;
    }
}
