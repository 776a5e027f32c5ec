namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>Names and their values; a loop, macro or block has a scope of its own, and <c>set</c> never reaches an outer one.</summary>
internal sealed class Scope
{
    private readonly Scope? _outer;
    private readonly Dictionary<string, object?> _values;

    public Scope(RenderState state, Dictionary<string, object?> values)
    {
        State = state;
        _values = values;
    }

    private Scope(Scope outer)
        : this(outer.State, [])
    {
        _outer = outer;
    }

    public RenderState State { get; }

    public Scope Child() => new(this);

    public void Set(string name, object? value) => _values[name] = value;

    public object? Get(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._values.TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return new Undefined(name);
    }
}
