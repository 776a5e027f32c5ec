using Alignment.Templates.Expressions;
using Alignment.Templates.Library;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Statements;

/// <summary><c>for target in items if condition</c>, with <c>else</c> for the empty case and <c>recursive</c> loops.</summary>
internal sealed class For(Expression target, Expression items, Expression? condition, Block body, Block? otherwise,
    bool recursive) : Statement
{
    private static readonly Signature s_parameters = new("iterable");

    public override Flow Execute(Scope scope)
    {
        return Run(scope, items.Evaluate(scope), depth: 0);
    }

    private Flow Run(Scope scope, object? sequence, int depth)
    {
        List<object?> visited = Visited(scope, sequence);
        if (visited.Count == 0)
        {
            return otherwise?.Execute(scope.Child()) ?? Flow.Next;
        }

        var loop = new LoopState(visited, depth, recursive ? Recursion(scope, depth + 1) : null);
        Scope inner = scope.Child();
        for (int i = 0; i < visited.Count; i++)
        {
            scope.State.Budget.Step();
            loop.Index = i;
            inner.Clear();
            inner.Set("loop", loop);
            Target.Assign(inner, target, visited[i]);
            if (body.Execute(inner) == Flow.Break)
            {
                break;
            }
        }

        return Flow.Next;
    }

    /// <summary>
    /// Where nothing is left out it is the list itself, as in Python: a body that appends to it goes on until the budget ends.
    /// </summary>
    private List<object?> Visited(Scope scope, object? sequence)
    {
        List<object?> all = PythonValue.Iterate(scope.State.Budget, sequence);
        if (condition is null)
        {
            return all;
        }

        Scope inner = scope.Child();
        return all.FindAll(item =>
        {
            Target.Assign(inner, target, item);
            return PythonValue.IsTrue(condition.Evaluate(inner));
        });
    }

    /// <summary>In a recursive loop, <c>loop(children)</c> renders the same body over other items.</summary>
    private TemplateFunction Recursion(Scope scope, int depth) => (state, arguments) =>
    {
        state.Budget.EnterCall();
        TemplateText text = state.Capture(() => Run(scope, s_parameters.Bind("loop", arguments).Get(0), depth));
        state.Budget.LeaveCall();
        return text;
    };
}
