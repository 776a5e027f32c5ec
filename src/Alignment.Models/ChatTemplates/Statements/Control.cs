using Alignment.Models.ChatTemplates.Expressions;
using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Statements;

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
