using Alignment.Models.ChatTemplates.Runtime;

namespace Alignment.Models.ChatTemplates.Expressions;

internal sealed class Literal(object? value) : Expression
{
    protected override object? Compute(Scope scope) => value;
}

internal sealed class Name(string name) : Expression
{
    public string Text => name;

    protected override object? Compute(Scope scope) => scope.Get(name);
}

internal sealed class ListLiteral(List<Expression> items) : Expression
{
    protected override object? Compute(Scope scope) => items.ConvertAll(item => item.Evaluate(scope));
}

internal sealed class TupleLiteral(List<Expression> items) : Expression
{
    public List<Expression> Items => items;

    protected override object? Compute(Scope scope) => new TemplateTuple(items.Select(item => item.Evaluate(scope)));
}

internal sealed class MapLiteral(List<(Expression Key, Expression Value)> entries) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var map = new TemplateMap();
        foreach ((Expression key, Expression value) in entries)
        {
            map[key.Evaluate(scope)] = value.Evaluate(scope);
        }

        return map;
    }
}
