using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Values;

namespace Alignment.Templates.Expressions;

/// <summary>
/// What <c>set</c> and <c>for</c> assign to: a name, several names, an attribute of a namespace, or of a mapping. Jinja forbids the last;
/// published templates (MiroThinker) rely on interpreters that allow it, and every mapping is a copy that lives for one rendering.
/// </summary>
internal static class Target
{
    private const int EntryBytes = 48;

    public static void Assign(Scope scope, Expression target, object? value)
    {
        switch (target)
        {
            case Name name:
                scope.Set(name.Text, value);
                break;
            case TupleLiteral tuple:
                Unpack(scope, tuple.Items, PythonValue.Iterate(scope.State.Budget, value));
                break;
            case Member { Target: Name owner, Name: var attribute } when scope.Get(owner.Text) is TemplateNamespace space:
                scope.State.Budget.Make(EntryBytes);
                space.Attributes[attribute] = value;
                break;
            case Member { Target: Name owner, Name: var attribute } when scope.Get(owner.Text) is TemplateMap map:
                map.Set(scope.State.Budget, TemplateText.Template(attribute), value);
                break;
            default:
                throw new ChatTemplateException("chat template: only names and the attributes of a namespace or mapping can be set");
        }
    }

    private static void Unpack(Scope scope, List<Expression> targets, List<object?> values)
    {
        if (targets.Count != values.Count)
        {
            throw new ChatTemplateException($"chat template: {values.Count} values for {targets.Count} names");
        }

        for (int i = 0; i < targets.Count; i++)
        {
            Assign(scope, targets[i], values[i]);
        }
    }
}
