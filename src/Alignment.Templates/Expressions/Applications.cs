using Alignment.Templates.Library;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Expressions;

/// <summary><c>function(arguments)</c></summary>
internal sealed class Call(Expression function, ArgumentList arguments) : Expression
{
    protected override object? Compute(Scope scope) => Invoke(scope, null);

    /// <summary>Calls; <paramref name="caller"/>, when given, is what <c>caller()</c> means inside the macro.</summary>
    public object? Invoke(Scope scope, TemplateFunction? caller)
    {
        object? target = function.Evaluate(scope);
        if ((target as TemplateFunction ?? (target as LoopState)?.Recursion) is not { } callable)
        {
            throw new ChatTemplateException($"chat template: {PythonValue.TypeName(target)} cannot be called");
        }

        Arguments values = arguments.Evaluate(scope);
        return callable(scope.State, caller is null ? values : values.With("caller", caller));
    }
}

/// <summary><c>value | filter(arguments)</c></summary>
internal sealed class FilterUse(Expression value, string filter, ArgumentList arguments) : Expression
{
    protected override object? Compute(Scope scope) => Filters.Apply(scope.State, filter, value.Evaluate(scope), arguments.Evaluate(scope));
}

/// <summary><c>value is test(arguments)</c></summary>
internal sealed class TestUse(Expression value, string test, ArgumentList arguments) : Expression
{
    protected override object? Compute(Scope scope) =>
        PythonValue.Truth(Tests.Apply(scope.State, test, value.Evaluate(scope), arguments.Evaluate(scope)));
}
