using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Expressions;

internal sealed class Literal(object? value) : Expression
{
    public object? Value => value;

    protected override object? Compute(Scope scope) => value;
}

internal sealed class Name(string name) : Expression
{
    public string Text => name;

    protected override object? Compute(Scope scope) => scope.Get(name);
}

internal sealed class ListLiteral(List<Expression> items) : Expression
{
    protected override object? Compute(Scope scope)
    {
        scope.State.Budget.MakeList(items.Count);
        return items.ConvertAll(item => item.Evaluate(scope));
    }
}

internal sealed class TupleLiteral(List<Expression> items) : Expression
{
    public List<Expression> Items => items;

    protected override object? Compute(Scope scope)
    {
        scope.State.Budget.MakeList(16 + (2L * items.Count));
        return new TemplateTuple(items.Select(item => item.Evaluate(scope)));
    }
}

internal sealed class MapLiteral(List<(Expression Key, Expression Value)> entries) : Expression
{
    private const int ObjectBytes = 300;

    protected override object? Compute(Scope scope)
    {
        scope.State.Budget.Make(ObjectBytes);
        var map = new TemplateMap();
        foreach ((Expression key, Expression value) in entries)
        {
            map.Set(scope.State.Budget, key.Evaluate(scope), value.Evaluate(scope));
        }

        return map;
    }
}
