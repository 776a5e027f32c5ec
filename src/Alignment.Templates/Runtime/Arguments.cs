namespace Alignment.Templates.Runtime;

/// <summary>The positional and named arguments of one call, as given.</summary>
internal sealed class Arguments(List<object?> positional, Dictionary<string, object?> named)
{
    public static Arguments None { get; } = new([], []);

    public List<object?> Positional { get; } = positional;

    public Dictionary<string, object?> Named { get; } = named;

    public Arguments With(string name, object? value) => new(Positional, new Dictionary<string, object?>(Named) { [name] = value });

    /// <summary>The arguments after the first <paramref name="count"/> positional ones.</summary>
    public Arguments Skip(int count) => new(Positional.Skip(count).ToList(), Named);
}
