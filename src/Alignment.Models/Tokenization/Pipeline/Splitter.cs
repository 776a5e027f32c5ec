namespace Alignment.Models.Tokenization.Pipeline;

/// <summary>Cuts a text at matches that lie in order and do not overlap.</summary>
internal static class Splitter
{
    public static IEnumerable<string> Split(string text, IEnumerable<(int Start, int Length)> matches, SplitBehavior behavior)
    {
        int from = 0;
        foreach ((int start, int length) in behavior == SplitBehavior.Contiguous ? Joined(matches) : matches)
        {
            int cut = behavior == SplitBehavior.MergedWithPrevious ? start + length : start;
            if (cut > from && behavior != SplitBehavior.MatchesOnly)
            {
                yield return text[from..cut];
            }

            if (length > 0 && behavior is SplitBehavior.Isolated or SplitBehavior.Contiguous or SplitBehavior.MatchesOnly)
            {
                yield return text.Substring(start, length);
            }

            from = behavior == SplitBehavior.MergedWithNext ? start : start + length;
        }

        if (from < text.Length && behavior != SplitBehavior.MatchesOnly)
        {
            yield return text[from..];
        }
    }

    private static IEnumerable<(int Start, int Length)> Joined(IEnumerable<(int Start, int Length)> matches)
    {
        (int Start, int Length)? open = null;
        foreach ((int start, int length) in matches)
        {
            if (open is { } run && run.Start + run.Length == start)
            {
                open = (run.Start, run.Length + length);
                continue;
            }

            if (open is { } done)
            {
                yield return done;
            }

            open = (start, length);
        }

        if (open is { } last)
        {
            yield return last;
        }
    }
}
