namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>A Python <c>tuple</c>; it differs from a list (<see cref="List{T}"/>) only in how it prints.</summary>
internal sealed class TemplateTuple(IEnumerable<object?> items) : List<object?>(items);
