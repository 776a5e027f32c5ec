using System.Numerics;
using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>
/// Python's rules for truth, equality, order and iteration. Values are null, <see cref="Undefined"/>, the types of <see cref="Numbers"/>,
/// <see cref="TemplateText"/>, lists, <see cref="TemplateTuple"/>, <see cref="TemplateMap"/>, <see cref="TemplateNamespace"/> and
/// <see cref="TemplateFunction"/>.
/// </summary>
internal static class PythonValue
{
    private const int MaxDepth = 64;

    private static readonly object s_true = true;
    private static readonly object s_false = false;

    /// <summary>The truth as a value, without making one.</summary>
    public static object Truth(bool truth) => truth ? s_true : s_false;

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        TemplateText text => text.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Count > 0,
        _ => true,
    };

    public static bool AreEqual(RenderBudget budget, object? x, object? y) => AreEqual(budget, x, y, 0);

    /// <summary>Whether x comes before y, as Python orders numbers, strings and lists.</summary>
    public static bool IsLess(RenderBudget budget, object? x, object? y, bool orEqual = false)
    {
        budget.Step();
        switch (x, y)
        {
            case (TemplateText a, TemplateText b):
                budget.Read(Math.Min(a.Length, b.Length));
                int order = CompareCodePoints(a.Value, b.Value);
                return orEqual ? order <= 0 : order < 0;
            case (List<object?> a, List<object?> b) when a is TemplateTuple == b is TemplateTuple:
                return IsListLess(budget, a, b, orEqual);
            case var _ when Numbers.IsNumber(x) && Numbers.IsNumber(y):
                return orEqual ? Numbers.Compare(x, y) <= 0 : Numbers.Compare(x, y) < 0;
            default:
                throw new ChatTemplateException($"chat template: cannot order {TypeName(x)} and {TypeName(y)}");
        }
    }

    public static bool Contains(RenderBudget budget, object? container, object? item)
    {
        switch (container)
        {
            case TemplateText text when item is TemplateText part:
                return TextSearch.IndexOf(budget, text.Value, part.Value, 0, text.Length) >= 0;
            case List<object?> list:
                return ContainsItem(budget, list, item);
            case TemplateMap map:
                return map.TryGet(budget, item, out _);
            case Undefined:
                return false;
            default:
                throw new ChatTemplateException($"chat template: cannot look for {TypeName(item)} in {TypeName(container)}");
        }
    }

    /// <summary>
    /// The elements that a loop visits: of a map its keys, of a string its characters. A list is returned itself, not copied.
    /// </summary>
    public static List<object?> Iterate(RenderBudget budget, object? value)
    {
        budget.Read(Size(value));
        switch (value)
        {
            case List<object?> list:
                return list;
            case TemplateMap map:
                budget.MakeList(map.Count);
                return map.Keys.ToList<object?>();
            case TemplateText text:
                return Characters(budget, text);
            case Undefined:
                return [];
            default:
                throw new ChatTemplateException($"chat template: {TypeName(value)} is not iterable");
        }
    }

    /// <summary>Characters or elements; 1 for everything else.</summary>
    public static int Size(object? value) => value switch
    {
        TemplateText text => text.Length,
        List<object?> list => list.Count,
        TemplateMap map => map.Count,
        _ => 1,
    };

    public static string TypeName(object? value) => value switch
    {
        null => "None",
        Undefined undefined => $"the undefined '{undefined.Name}'",
        bool => "a boolean",
        long or BigInteger => "an integer",
        double => "a float",
        TemplateText => "a string",
        TemplateTuple => "a tuple",
        List<object?> => "a list",
        TemplateMap => "a mapping",
        TemplateNamespace => "a namespace",
        _ => "a function",
    };

    private static bool ContainsItem(RenderBudget budget, List<object?> list, object? item) =>
        list.Exists(element => AreEqual(budget, element, item));

    private static List<object?> Characters(RenderBudget budget, TemplateText text)
    {
        budget.MakeList(text.CodePoints);
        List<object?> characters = new(text.CodePoints);
        for (int at = 0; at < text.Length;)
        {
            int next = at + (at + 1 < text.Length && char.IsSurrogatePair(text.Value[at], text.Value[at + 1]) ? 2 : 1);
            characters.Add(text.Slice(budget, at, next));
            at = next;
        }

        return characters;
    }

    private static bool AreEqual(RenderBudget budget, object? x, object? y, int depth)
    {
        budget.Step();
        if (depth > MaxDepth)
        {
            throw new ChatTemplateException("chat template: a value is nested too deeply to compare");
        }

        switch (x, y)
        {
            case (null, null) or (Undefined, Undefined):
                return true;
            case (TemplateText a, TemplateText b):
                budget.Read(a.Length == b.Length ? a.Length : 1);
                return a.Equals(b);
            case (List<object?> a, List<object?> b):
                return ReferenceEquals(a, b) || (a is TemplateTuple == b is TemplateTuple && AreListsEqual(budget, a, b, depth + 1));
            case (TemplateMap a, TemplateMap b):
                return ReferenceEquals(a, b) || AreMapsEqual(budget, a, b, depth + 1);
            default:
                return ReferenceEquals(x, y) || Numbers.AreEqual(x, y);
        }
    }

    private static bool AreListsEqual(RenderBudget budget, List<object?> x, List<object?> y, int depth)
    {
        bool equal = x.Count == y.Count;
        for (int i = 0; equal && i < x.Count; i++)
        {
            equal = AreEqual(budget, x[i], y[i], depth);
        }

        return equal;
    }

    private static bool AreMapsEqual(RenderBudget budget, TemplateMap x, TemplateMap y, int depth) =>
        x.Count == y.Count
            && x.Entries.All(entry => y.TryGet(budget, entry.Key, out object? other) && AreEqual(budget, entry.Value, other, depth));

    private static bool IsListLess(RenderBudget budget, List<object?> x, List<object?> y, bool orEqual)
    {
        for (int i = 0; i < Math.Min(x.Count, y.Count); i++)
        {
            if (!AreEqual(budget, x[i], y[i]))
            {
                return IsLess(budget, x[i], y[i], orEqual);
            }
        }

        return orEqual ? x.Count <= y.Count : x.Count < y.Count;
    }

    /// <summary>Python orders by code points: a surrogate pair comes after every character of the first plane.</summary>
    private static int CompareCodePoints(string x, string y)
    {
        int same = x.AsSpan().CommonPrefixLength(y);
        if (same == x.Length || same == y.Length)
        {
            return x.Length.CompareTo(y.Length);
        }

        bool high = char.IsSurrogate(x[same]);
        return high == char.IsSurrogate(y[same]) ? x[same].CompareTo(y[same]) : high ? 1 : -1;
    }
}
