namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>The positional and named arguments of one call.</summary>
internal sealed class Arguments(List<object?> positional, Dictionary<string, object?> named)
{
    public static Arguments None => new([], []);

    public List<object?> Positional { get; } = positional;

    public Dictionary<string, object?> Named { get; } = named;

    public bool Has(int index, string name) => index < Positional.Count || Named.ContainsKey(name);

    public object? Get(int index, string name, object? otherwise = null)
    {
        if (index < Positional.Count)
        {
            return Positional[index];
        }

        return Named.TryGetValue(name, out object? value) ? value : otherwise;
    }

    public object? Required(int index, string name) =>
        Has(index, name) ? Get(index, name) : throw new ChatTemplateException($"chat template: the argument '{name}' is missing");

    public string Text(int index, string name) =>
        Required(index, name) as string ?? throw new ChatTemplateException($"chat template: the argument '{name}' must be a string");

    public long Integer(int index, string name, long otherwise) => Get(index, name, otherwise) switch
    {
        long number => number,
        bool truth => truth ? 1 : 0,
        _ => throw new ChatTemplateException($"chat template: the argument '{name}' must be an integer"),
    };

    /// <summary>The arguments after the first <paramref name="count"/> positional ones.</summary>
    public Arguments Skip(int count) => new(Positional.Skip(count).ToList(), Named);
}
