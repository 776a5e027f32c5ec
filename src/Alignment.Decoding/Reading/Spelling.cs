namespace Alignment.Decoding.Reading;

/// <summary>Finds what a misspelt name was meant to be.</summary>
public static class Spelling
{
    // Short names are one edit away from each other.
    private const int MinLength = 4;
    private const int MaxLength = 64;

    /// <summary>A known name that is written otherwise (maxTokens, max-tokens) or is one edit away; null where there is none.</summary>
    public static string? Nearest(string name, IReadOnlyCollection<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        if (name.Length is < MinLength - 1 or > MaxLength)
        {
            return null;
        }

        string bare = Bare(name);
        return known.FirstOrDefault(candidate => Bare(candidate) == bare)
            ?? known.FirstOrDefault(candidate => candidate.Length >= MinLength && IsOneEdit(Bare(candidate), bare));
    }

    /// <summary>A part of a message: <c>; did you mean 'temperature'?</c>, or nothing where no name is near.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known) => Hint(Nearest(name, known));

    /// <summary>The same for a name that is found already; null: nothing.</summary>
    public static string Hint(string? nearest) => nearest is null ? "" : $"; did you mean '{nearest}'?";

    /// <summary>Without what only separates words.</summary>
    private static string Bare(string name)
        => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>
    /// Whether one insertion, deletion, replacement or exchange of neighbours makes two texts equal (Damerau-Levenshtein distance 1):
    /// what stands between their common beginning and end is then at most one character of each, or two exchanged.
    /// </summary>
    private static bool IsOneEdit(string a, string b)
    {
        int begin = a.AsSpan().CommonPrefixLength(b);
        int end = 0;
        while (end < Math.Min(a.Length, b.Length) - begin && a[^(end + 1)] == b[^(end + 1)])
        {
            end++;
        }

        ReadOnlySpan<char> left = a.AsSpan(begin, a.Length - begin - end);
        ReadOnlySpan<char> right = b.AsSpan(begin, b.Length - begin - end);
        return Math.Max(left.Length, right.Length) == 1
            || (left.Length == 2 && right.Length == 2 && left[0] == right[1] && left[1] == right[0]);
    }
}
