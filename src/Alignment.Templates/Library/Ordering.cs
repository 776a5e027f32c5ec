using Alignment.Templates.Limits;
using Alignment.Templates.Values;

namespace Alignment.Templates.Library;

/// <summary>
/// Python's stable sort. Written out because the runtime's sorts wrap what a comparison throws and may not end on values without an order.
/// </summary>
internal static class Ordering
{
    /// <param name="budget">pays</param>
    /// <param name="items">what is sorted; left as it is</param>
    /// <param name="key">what an item is compared by; asked once an item</param>
    /// <param name="reverse">descending, equal items still in their order</param>
    /// <exception cref="ChatTemplateException">two keys have no order</exception>
    public static List<object?> Sort(RenderBudget budget, List<object?> items, Func<object?, object?> key, bool reverse)
    {
        budget.MakeList(4L * items.Count);
        (object? Key, object? Item)[] sorted = [.. items.Select(item => (key(item), item))];
        (object? Key, object? Item)[] merged = new (object?, object?)[sorted.Length];
        for (int width = 1; width < sorted.Length; width *= 2)
        {
            for (int start = 0; start < sorted.Length; start += 2 * width)
            {
                Merge(
                    budget,
                    sorted,
                    merged,
                    start,
                    Math.Min(start + width, sorted.Length),
                    Math.Min(start + (2 * width), sorted.Length),
                    reverse);
            }

            (sorted, merged) = (merged, sorted);
        }

        return [.. sorted.Select(pair => pair.Item)];
    }

    private static void Merge(
        RenderBudget budget,
        (object? Key, object? Item)[] source,
        (object? Key, object? Item)[] target,
        int start,
        int middle,
        int end,
        bool reverse)
    {
        (int left, int right) = (start, middle);
        for (int at = start; at < end; at++)
        {
            bool takeRight = left == middle || (right < end && ComesBefore(budget, source[right].Key, source[left].Key, reverse));
            target[at] = takeRight ? source[right++] : source[left++];
        }
    }

    private static bool ComesBefore(RenderBudget budget, object? x, object? y, bool reverse) =>
        reverse ? PythonValue.IsLess(budget, y, x) : PythonValue.IsLess(budget, x, y);
}
