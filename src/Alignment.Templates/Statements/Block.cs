using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Statements;

/// <summary>Statements in order; <c>break</c> and <c>continue</c> leave the rest out.</summary>
internal sealed class Block(List<Statement> statements)
{
    public Flow Execute(Scope scope)
    {
        foreach (Statement statement in statements)
        {
            scope.State.Budget.Step();
            Flow flow = statement.Execute(scope);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>Runs in a scope of its own and returns what it wrote.</summary>
    public TemplateText Render(Scope scope) => scope.State.Capture(() => Execute(scope.Child()));
}
