namespace Alignment.Templates.Values;

/// <summary>Jinja's <c>namespace()</c>: the one value whose attributes an inner scope may set.</summary>
internal sealed class TemplateNamespace
{
    public Dictionary<string, object?> Attributes { get; } = [];
}
