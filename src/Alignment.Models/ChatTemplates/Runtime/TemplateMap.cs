namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>A Python <c>dict</c>: keys in order of insertion, keys compared as Python compares them.</summary>
internal sealed class TemplateMap
{
    private readonly OrderedDictionary<object, object?> _entries = new(new KeyComparer());

    public int Count => _entries.Count;

    public IEnumerable<object> Keys => _entries.Keys;

    public IEnumerable<object?> Values => _entries.Values;

    public IEnumerable<KeyValuePair<object, object?>> Entries => _entries;

    public object? this[object? key]
    {
        set => _entries[Key(key)] = value;
    }

    public bool TryGet(object? key, out object? value)
    {
        value = null;
        return key is string or long or double or bool && _entries.TryGetValue(key, out value);
    }

    public bool Remove(object? key) => _entries.Remove(Key(key));

    private static object Key(object? key) =>
        key is string or long or double or bool ? key : throw new ChatTemplateException($"chat template: {PythonValue.TypeName(key)} cannot be a key");

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public new bool Equals(object? x, object? y) => PythonValue.AreEqual(x, y);

        public int GetHashCode(object key) => key switch
        {
            string text => text.GetHashCode(StringComparison.Ordinal),
            bool truth => (truth ? 1.0 : 0.0).GetHashCode(),
            long number => ((double)number).GetHashCode(),
            _ => key.GetHashCode(),
        };
    }
}
