using Alignment.Templates.Limits;

namespace Alignment.Templates.Values;

/// <summary>Finds a part in a text, character by character as they are, and pays for it.</summary>
internal static class TextSearch
{
    /// <summary>The first place at or after <paramref name="from"/> where the part lies before <paramref name="to"/>, or -1.</summary>
    public static int IndexOf(RenderBudget budget, string text, string part, int from, int to)
    {
        int found = text.AsSpan(from, to - from).IndexOf(part);
        Charge(budget, found < 0 ? to - from : found, part);
        return found < 0 ? -1 : found + from;
    }

    /// <summary>The last such place.</summary>
    public static int LastIndexOf(RenderBudget budget, string text, string part, int from, int to)
    {
        int found = text.AsSpan(from, to - from).LastIndexOf(part);
        Charge(budget, found < 0 ? to - from : to - from - found, part);
        return found < 0 ? -1 : found + from;
    }

    /// <summary>Places from left to right that do not overlap; of an empty part every place between code points.</summary>
    public static IEnumerable<int> Occurrences(RenderBudget budget, TemplateText text, string part)
    {
        for (int at = 0; at <= text.Length;)
        {
            int found = IndexOf(budget, text.Value, part, at, text.Length);
            if (found < 0)
            {
                yield break;
            }

            yield return found;
            bool pair = found + 1 < text.Length && char.IsSurrogatePair(text.Value[found], text.Value[found + 1]);
            at = found + (part.Length > 0 ? part.Length : pair ? 2 : 1);
        }
    }

    /// <summary>Where many places begin like the part, the search looks at each of them for longer.</summary>
    private static void Charge(RenderBudget budget, long scanned, string part) =>
        budget.Read(20 + ((scanned + part.Length) * (1 + (part.Length / 32))));
}
