using Alignment.Models.ChatTemplates.Expressions;
using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Statements;

/// <summary><c>for target in items if condition</c>, with <c>else</c> for the empty case and <c>recursive</c> loops.</summary>
internal sealed class For(Expression target, Expression items, Expression? condition, Block body, Block? otherwise, bool recursive) : Statement
{
    public override Flow Execute(Scope scope)
    {
        Run(scope, items.Evaluate(scope), depth: 0);
        return Flow.Next;
    }

    private void Run(Scope scope, object? sequence, int depth)
    {
        List<object?> visited = Visited(scope, sequence);
        if (visited.Count == 0)
        {
            otherwise?.Execute(scope);
            return;
        }

        var loop = new LoopState(visited, depth, recursive ? Recursion(scope, depth + 1) : null);
        for (int i = 0; i < visited.Count; i++)
        {
            loop.Index = i;
            Scope inner = scope.Child();
            inner.Set("loop", loop);
            Target.Assign(inner, target, visited[i]);
            if (body.Execute(inner) == Flow.Break)
            {
                return;
            }
        }
    }

    /// <summary>A copy, so that a body which appends to its own list still ends.</summary>
    private List<object?> Visited(Scope scope, object? sequence)
    {
        List<object?> all = PythonValue.Iterate(sequence);
        scope.State.Budget.Charge(all.Count);
        return condition is null ? [.. all] : all.FindAll(item =>
        {
            Scope inner = scope.Child();
            Target.Assign(inner, target, item);
            return PythonValue.IsTrue(condition.Evaluate(inner));
        });
    }

    /// <summary>In a recursive loop, <c>loop(children)</c> renders the same body over other items.</summary>
    private TemplateFunction Recursion(Scope scope, int depth) => (state, arguments) =>
    {
        state.Budget.EnterCall();
        string text = state.Capture(() => Run(scope, arguments.Required(0, "iterable"), depth));
        state.Budget.LeaveCall();
        return text;
    };
}
