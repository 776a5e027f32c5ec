namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Cuts a text at matches that lie in order and do not overlap.</summary>
internal static class Splitter
{
    /// <param name="text">Any text.</param>
    /// <param name="matches">Start and length of each.</param>
    /// <param name="behavior">What becomes of a match.</param>
    /// <param name="inverts">What lies between the matches counts as match, and they as what lies between.</param>
    /// <returns>The pieces that are not empty.</returns>
    public static IEnumerable<string> Split(
        string text, IEnumerable<(int Start, int Length)> matches, SplitBehavior behavior, bool inverts = false)
    {
        int start = 0;
        Segment? last = null;
        foreach (Segment segment in Segments(text, matches))
        {
            Segment next = segment with { IsMatch = segment.IsMatch != inverts };
            if (last is { } piece && !Joins(piece, next, behavior))
            {
                if (piece.End > start && !(behavior == SplitBehavior.Removed && piece.IsMatch))
                {
                    yield return text[start..piece.End];
                }

                start = piece.End;
            }

            last = next;
        }

        if (last is { } rest && rest.End > start && !(behavior == SplitBehavior.Removed && rest.IsMatch))
        {
            yield return text[start..rest.End];
        }
    }

    private static bool Joins(Segment previous, Segment next, SplitBehavior behavior) => behavior switch
    {
        SplitBehavior.MergedWithPrevious => next.IsMatch && !previous.IsMatch,
        SplitBehavior.MergedWithNext => previous.IsMatch && !next.IsMatch,
        SplitBehavior.Contiguous => previous.IsMatch == next.IsMatch,
        _ => false,
    };

    /// <summary>The matches, empty ones too, and what lies between them.</summary>
    private static IEnumerable<Segment> Segments(string text, IEnumerable<(int Start, int Length)> matches)
    {
        int from = 0;
        foreach ((int start, int length) in matches)
        {
            if (start > from)
            {
                yield return new Segment(start, false);
            }

            yield return new Segment(start + length, true);
            from = start + length;
        }

        if (from < text.Length)
        {
            yield return new Segment(text.Length, false);
        }
    }

    private readonly record struct Segment(int End, bool IsMatch);
}
