using Alignment.Templates.Values;

namespace Alignment.Templates.Runtime;

/// <summary>Names and their values; a loop, macro or block has a scope of its own, and <c>set</c> never reaches an outer one.</summary>
internal sealed class Scope
{
    private const int ObjectBytes = 300;
    private const int EntryBytes = 64;

    private readonly Scope? _outer;
    private readonly Dictionary<string, object?> _values;

    /// <summary>How many names it has room for; forgetting them keeps the room.</summary>
    private int _most;

    public Scope(RenderState state, Dictionary<string, object?> values) => (State, _values) = (state, values);

    private Scope(Scope outer)
        : this(outer.State, [])
    {
        _outer = outer;
        State.Budget.Make(ObjectBytes);
    }

    public RenderState State { get; }

    /// <summary>The scope of the template itself, outside every loop and macro.</summary>
    public Scope Top => _outer?._outer is null ? this : _outer.Top;

    public Scope Child() => new(this);

    /// <summary>Forgets what was set here, for the next turn of a loop.</summary>
    public void Clear() => _values.Clear();

    public void Set(string name, object? value)
    {
        _values[name] = value;
        if (_values.Count > _most)
        {
            _most = _values.Count;
            State.Budget.Make(EntryBytes);
        }
    }

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
