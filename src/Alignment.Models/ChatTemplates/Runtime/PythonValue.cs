namespace Alignment.Models.ChatTemplates.Runtime;

/// <summary>
/// Python's rules for truth, equality, order and iteration. Values are null, <see cref="Undefined"/>, bool, long, double, string, lists,
/// <see cref="TemplateTuple"/>, <see cref="TemplateMap"/>, <see cref="TemplateNamespace"/> and <see cref="TemplateFunction"/>.
/// </summary>
internal static class PythonValue
{
    private const int MaxDepth = 64;

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Count > 0,
        _ => true,
    };

    public static bool AreEqual(object? x, object? y) => AreEqual(x, y, 0);

    /// <summary>Negative, zero or positive, as Python orders numbers, strings and lists.</summary>
    public static int Compare(object? x, object? y)
    {
        if (AsNumber(x) is double a && AsNumber(y) is double b)
        {
            return x is long i && y is long j ? i.CompareTo(j) : a.CompareTo(b);
        }

        return (x, y) switch
        {
            (string s, string t) => string.CompareOrdinal(s, t),
            (List<object?> s, List<object?> t) => CompareLists(s, t),
            _ => throw new ChatTemplateException($"chat template: cannot order {TypeName(x)} and {TypeName(y)}"),
        };
    }

    public static bool Contains(object? container, object? item) => container switch
    {
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        List<object?> list => list.Exists(element => AreEqual(element, item)),
        TemplateMap map => map.TryGet(item, out _),
        Undefined => false,
        _ => throw new ChatTemplateException($"chat template: cannot look for {TypeName(item)} in {TypeName(container)}"),
    };

    /// <summary>The elements that a loop visits: of a map its keys, of a string its characters.</summary>
    public static List<object?> Iterate(object? value) => value switch
    {
        List<object?> list => list,
        TemplateMap map => map.Keys.ToList<object?>(),
        string text => text.EnumerateRunes().Select(rune => (object?)rune.ToString()).ToList(),
        Undefined => [],
        _ => throw new ChatTemplateException($"chat template: {TypeName(value)} is not iterable"),
    };

    public static double? AsNumber(object? value) => value switch
    {
        long number => number,
        double number => number,
        bool truth => truth ? 1 : 0,
        _ => null,
    };

    /// <summary>Characters or elements, the measure that the budget charges; 1 for everything else.</summary>
    public static int Size(object? value) => value switch
    {
        string text => text.Length,
        List<object?> list => list.Count,
        TemplateMap map => map.Count,
        _ => 1,
    };

    public static string TypeName(object? value) => value switch
    {
        null => "None",
        Undefined undefined => $"the undefined '{undefined.Name}'",
        bool => "a boolean",
        long => "an integer",
        double => "a float",
        string => "a string",
        TemplateTuple => "a tuple",
        List<object?> => "a list",
        TemplateMap => "a mapping",
        TemplateNamespace => "a namespace",
        _ => "a function",
    };

    private static bool AreEqual(object? x, object? y, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new ChatTemplateException("chat template: a value is nested too deeply to compare");
        }

        return (x, y) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (string a, string b) => a == b,
            (long a, long b) => a == b,
            (List<object?> a, List<object?> b) =>
                a is TemplateTuple == b is TemplateTuple && a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second, depth + 1)),
            (TemplateMap a, TemplateMap b) =>
                a.Count == b.Count && a.Entries.All(entry => b.TryGet(entry.Key, out object? other) && AreEqual(entry.Value, other, depth + 1)),
            _ when AsNumber(x) is double a && AsNumber(y) is double b => a == b,
            _ => ReferenceEquals(x, y),
        };
    }

    private static int CompareLists(List<object?> x, List<object?> y)
    {
        for (int i = 0; i < Math.Min(x.Count, y.Count); i++)
        {
            if (!AreEqual(x[i], y[i]))
            {
                return Compare(x[i], y[i]);
            }
        }

        return x.Count.CompareTo(y.Count);
    }
}
