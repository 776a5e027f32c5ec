using System.Numerics;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>A Python <c>dict</c>: keys in order of insertion, keys compared as Python compares them.</summary>
internal sealed class TemplateMap
{
    private const int EntryBytes = 120;

    private readonly OrderedDictionary<object, object?> _entries = new(KeyComparer.Instance);

    public int Count => _entries.Count;

    public IEnumerable<object> Keys => _entries.Keys;

    public IEnumerable<object?> Values => _entries.Values;

    public IEnumerable<KeyValuePair<object, object?>> Entries => _entries;

    public void Set(RenderBudget budget, object? key, object? value)
    {
        object known = Known(budget, key);
        budget.Make(EntryBytes);
        _entries[known] = value;
    }

    public bool TryGet(RenderBudget budget, object? key, out object? value)
    {
        value = null;
        return key is not (null or Undefined) && _entries.TryGetValue(Known(budget, key), out value);
    }

    /// <summary>Costs as much as there are entries.</summary>
    public void Remove(RenderBudget budget, object? key)
    {
        budget.Read(Count);
        _entries.Remove(Known(budget, key));
    }

    /// <summary>A key that can be hashed, whose hash is paid for.</summary>
    private static object Known(RenderBudget budget, object? key)
    {
        budget.Read(PythonValue.Size(key));
        return key is TemplateText or long or BigInteger or double or bool
            ? key
            : throw new ChatTemplateException($"chat template: {PythonValue.TypeName(key)} cannot be a key");
    }

    /// <summary>Equal numbers hash alike, whatever their types.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => x is TemplateText text ? text.Equals(y) : Numbers.AreEqual(x, y);

        public int GetHashCode(object key) => key switch
        {
            bool truth => truth ? 1L.GetHashCode() : 0L.GetHashCode(),
            double number when double.IsInteger(number) => Numbers.Normalize(new BigInteger(number)).GetHashCode(),
            _ => key.GetHashCode(),
        };
    }
}
