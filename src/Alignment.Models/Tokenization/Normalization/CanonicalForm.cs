using System.Runtime.InteropServices;
using System.Text;

namespace Alignment.Models.Tokenization.Normalization;

/// <summary>Unicode's canonical normal forms (UAX #15): NFD and NFC. Lone surrogates become U+FFFD.</summary>
internal static class CanonicalForm
{
    // Hangul syllables are computed, not listed (Unicode, section 3.12).
    private const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Trails = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28;
    private const char FirstMark = '\u0300';

    /// <summary>NFD. Costs O(n log n) in the longest run of marks.</summary>
    public static string Decompose(string text) => IsPlain(text, '\u0080') ? text : ToText(Decomposed(text));

    /// <summary>NFC.</summary>
    public static string Compose(string text) => IsPlain(text, FirstMark) ? text : ToText(Composed(Decomposed(text)));

    private static bool IsPlain(string text, char limit) => !text.AsSpan().ContainsAnyInRange(limit, char.MaxValue);

    private static List<int> Decomposed(string text)
    {
        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            AddParts(rune.Value, points);
        }

        OrderMarks(CollectionsMarshal.AsSpan(points));
        return points;
    }

    private static void AddParts(int point, List<int> parts)
    {
        int syllable = point - Syllables;
        if (syllable is >= 0 and < LeadCount * VowelCount * TrailCount)
        {
            parts.Add(Leads + (syllable / (VowelCount * TrailCount)));
            parts.Add(Vowels + (syllable / TrailCount % VowelCount));
            if (syllable % TrailCount > 0)
            {
                parts.Add(Trails + (syllable % TrailCount));
            }
        }
        else if (CanonicalData.Shared.Decompose(point) is { IsEmpty: false } pieces)
        {
            foreach (int piece in pieces)
            {
                AddParts(piece, parts);
            }
        }
        else
        {
            parts.Add(point);
        }
    }

    /// <summary>Sorts every run of marks by combining class; marks of one class keep their order.</summary>
    private static void OrderMarks(Span<int> points)
    {
        for (int start = 0; start < points.Length; start++)
        {
            int end = start;
            while (end < points.Length && CanonicalData.Shared.Class(points[end]) > 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. points[start..end].ToArray().OrderBy(CanonicalData.Shared.Class)];
                sorted.CopyTo(points[start..end]);
            }

            start = end;
        }
    }

    /// <summary>Joins each mark with the starter before it unless a mark of the same or a higher class stands between.</summary>
    private static List<int> Composed(List<int> points)
    {
        var output = new List<int>(points.Count);
        int starter = -1;
        int lastClass = 0;
        foreach (int point in points)
        {
            int combining = CanonicalData.Shared.Class(point);
            bool isNext = starter == output.Count - 1;
            if (starter >= 0 && (isNext || lastClass < combining) && Join(output[starter], point) is int whole)
            {
                output[starter] = whole;
                continue;
            }

            starter = combining == 0 ? output.Count : starter;
            lastClass = combining;
            output.Add(point);
        }

        return output;
    }

    private static int? Join(int first, int second)
    {
        if (first - Leads is >= 0 and < LeadCount && second - Vowels is >= 0 and < VowelCount)
        {
            return Syllables + ((((first - Leads) * VowelCount) + second - Vowels) * TrailCount);
        }

        int syllable = first - Syllables;
        bool isOpen = syllable is >= 0 and < LeadCount * VowelCount * TrailCount && syllable % TrailCount == 0;
        return isOpen && second - Trails is > 0 and < TrailCount ? first + second - Trails : CanonicalData.Shared.Compose(first, second);
    }

    private static string ToText(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        Span<char> characters = stackalloc char[2];
        foreach (int point in points)
        {
            text.Append(characters[..new Rune(point).EncodeToUtf16(characters)]);
        }

        return text.ToString();
    }
}
