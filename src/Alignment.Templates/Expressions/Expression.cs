using Alignment.Templates.Runtime;

namespace Alignment.Templates.Expressions;

/// <summary>A node that has a value. Every evaluation is a step of the budget and checks the stack, whatever the node.</summary>
internal abstract class Expression
{
    public object? Evaluate(Scope scope)
    {
        scope.State.Budget.Step();
        return Compute(scope);
    }

    protected abstract object? Compute(Scope scope);
}
