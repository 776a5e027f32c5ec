namespace Alignment.Templates.Values;

/// <summary>A Python <c>tuple</c>; it differs from a list (<see cref="List{T}"/>) only in how it prints.</summary>
internal class TemplateTuple(IEnumerable<object?> items) : List<object?>(items);

/// <summary>What <c>groupby</c> makes: a pair whose parts also have the names <c>grouper</c> and <c>list</c>.</summary>
internal sealed class TemplateGroup(object? grouper, List<object?> list) : TemplateTuple([grouper, list])
{
    public object? Grouper { get; } = grouper;

    public List<object?> List { get; } = list;
}
