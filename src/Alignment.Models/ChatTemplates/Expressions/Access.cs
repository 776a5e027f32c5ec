using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Expressions;

/// <summary><c>target.name</c></summary>
internal sealed class Member(Expression target, string name) : Expression
{
    public Expression Target => target;

    public string Name => name;

    protected override object? Compute(Scope scope) => Members.Get(target.Evaluate(scope), name);
}

/// <summary><c>target[key]</c></summary>
internal sealed class Element(Expression target, Expression key) : Expression
{
    protected override object? Compute(Scope scope)
    {
        object? value = target.Evaluate(scope);
        object? at = key.Evaluate(scope);
        scope.State.Budget.Charge(value is string text ? text.Length : 1);
        return value is not TemplateMap && at is string name ? Members.Get(value, name) : Slicing.Index(value, at);
    }
}

/// <summary><c>target[start:stop:step]</c></summary>
internal sealed class Slice(Expression target, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override object? Compute(Scope scope)
    {
        object? value = target.Evaluate(scope);
        scope.State.Budget.Charge(PythonValue.Size(value));
        return Slicing.Slice(value, start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
    }
}
