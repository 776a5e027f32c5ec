using Alignment.Templates.Library;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Expressions;

internal sealed class Binary(string symbol, Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope) => Arithmetic.Apply(scope.State, symbol, left.Evaluate(scope), right.Evaluate(scope));
}

internal sealed class Negation(Expression operand) : Expression
{
    protected override object? Compute(Scope scope) => Arithmetic.Negate(operand.Evaluate(scope));
}

/// <summary><c>+operand</c>, which only a number takes.</summary>
internal sealed class Positive(Expression operand) : Expression
{
    protected override object? Compute(Scope scope) => Arithmetic.Negate(Arithmetic.Negate(operand.Evaluate(scope)));
}

internal sealed class Not(Expression operand) : Expression
{
    protected override object? Compute(Scope scope) => PythonValue.Truth(!PythonValue.IsTrue(operand.Evaluate(scope)));
}

/// <summary><c>and</c> and <c>or</c>: the value of the operand that decides, as in Python.</summary>
internal sealed class Logical(bool isAnd, Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope)
    {
        object? first = left.Evaluate(scope);
        return PythonValue.IsTrue(first) == isAnd ? right.Evaluate(scope) : first;
    }
}

/// <summary><c>a &lt; b &lt; c</c>: true when every neighbouring pair compares so.</summary>
internal sealed class Comparison(Expression first, List<(string Symbol, Expression Operand)> rest) : Expression
{
    protected override object? Compute(Scope scope)
    {
        object? left = first.Evaluate(scope);
        foreach ((string symbol, Expression operand) in rest)
        {
            object? right = operand.Evaluate(scope);
            if (!Holds(scope.State.Budget, symbol, left, right))
            {
                return PythonValue.Truth(false);
            }

            left = right;
        }

        return PythonValue.Truth(true);
    }

    private static bool Holds(RenderBudget budget, string symbol, object? left, object? right) => symbol switch
    {
        "==" => PythonValue.AreEqual(budget, left, right),
        "!=" => !PythonValue.AreEqual(budget, left, right),
        "<" => PythonValue.IsLess(budget, left, right),
        ">" => PythonValue.IsLess(budget, right, left),
        "<=" => PythonValue.IsLess(budget, left, right, orEqual: true),
        ">=" => PythonValue.IsLess(budget, right, left, orEqual: true),
        "in" => PythonValue.Contains(budget, right, left),
        _ => !PythonValue.Contains(budget, right, left),
    };
}

/// <summary><c>value if condition else otherwise</c></summary>
internal sealed class Conditional(Expression condition, Expression value, Expression? otherwise) : Expression
{
    protected override object? Compute(Scope scope) =>
        PythonValue.IsTrue(condition.Evaluate(scope))
            ? value.Evaluate(scope)
            : otherwise is null
            ? new Undefined("else")
            : otherwise.Evaluate(scope);
}
