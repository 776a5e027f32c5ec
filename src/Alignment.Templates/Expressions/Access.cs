using Alignment.Templates.Library;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Expressions;

/// <summary><c>target.name</c></summary>
internal sealed class Member(Expression target, string name) : Expression
{
    private readonly TemplateText _name = TemplateText.Template(name);

    public Expression Target => target;

    public string Name => name;

    protected override object? Compute(Scope scope) => Members.Get(scope.State, target.Evaluate(scope), _name);
}

/// <summary><c>target[key]</c></summary>
internal sealed class Element(Expression target, Expression key) : Expression
{
    protected override object? Compute(Scope scope) => Members.GetElement(scope.State, target.Evaluate(scope), key.Evaluate(scope));
}

/// <summary><c>target[start:stop:step]</c></summary>
internal sealed class Slice(Expression target, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override object? Compute(Scope scope) =>
        Slicing.Slice(scope.State, target.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
}
