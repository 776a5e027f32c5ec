namespace Alignment.Decoding.Responses;

/// <summary>
/// Ends a response at the first stop text, or behind it, and holds back what may turn out to begin one. Has no memory: whatever was
/// replaced or drawn anew, it looks at what is held.
/// </summary>
/// <param name="stops">The texts.</param>
/// <param name="includesStop">Whether what ends the response is part of it.</param>
/// <param name="minTokens">Up to this many tokens nothing ends it; what ends later may begin here in any case.</param>
internal sealed class StopStage(IReadOnlyList<string> stops, bool includesStop, int minTokens) : IResponseStage
{
    /// <inheritdoc/>
    public StageAnswer Look(HeldText held, bool isLast)
    {
        ReadOnlySpan<char> text = held.Text;
        if (held.Count > minTokens && End(text, text.Length - held.New) is { } end)
        {
            return StageAnswer.End(FinishReason.Stop, text.Length - end);
        }

        int most = 0;
        for (int i = 0; i < stops.Count && !isLast; i++)
        {
            most = Math.Max(most, Overlap(text, stops[i]));
        }

        return StageAnswer.Hold(most);
    }

    /// <summary>
    /// Where the response ends: at or behind the first stop text, of several that begin together the shortest, that does not end in what
    /// was judged before.
    /// </summary>
    private int? End(ReadOnlySpan<char> text, int judged)
    {
        (int At, int Length)? first = null;
        foreach (string stop in stops)
        {
            int from = Math.Max(0, judged - stop.Length + 1);
            int at = from + text[from..].IndexOf(stop);
            first = at >= from && (first is null || (at, stop.Length).CompareTo(first.Value) < 0) ? (at, stop.Length) : first;
        }

        return first is { } found ? found.At + (includesStop ? found.Length : 0) : null;
    }

    /// <summary>Length of the longest end of the text that begins the stop text.</summary>
    private static int Overlap(ReadOnlySpan<char> text, string stop)
    {
        for (int length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text[^length..].SequenceEqual(stop.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
