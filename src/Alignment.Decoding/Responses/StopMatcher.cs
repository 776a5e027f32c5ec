using System.Text;

namespace Alignment.Decoding.Responses;

/// <summary>Finds the first stop string in text that comes in pieces, and holds back what may turn out to begin one.</summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops, bool includesStop)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop string was found; nothing comes after it.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes the next piece; returns what is now certain to belong to the response.</summary>
    /// <param name="piece">The text behind that of the last call.</param>
    /// <param name="mayStop">Whether a stop string that ends in this piece counts; one that ends later may begin here in any case.</param>
    public string Push(string piece, bool mayStop)
    {
        if (stops.Count == 0)
        {
            return piece;
        }

        int judged = _held.Length;
        string text = _held.Append(piece).ToString();
        _held.Clear();
        if (mayStop && End(text, judged) is { } end)
        {
            IsStopped = true;
            return text[..end];
        }

        int held = stops.Max(stop => Overlap(text, stop));
        _held.Append(text, text.Length - held, held);
        return text[..^held];
    }

    /// <summary>What was held back, when the response ends without a stop string.</summary>
    public string Flush()
    {
        string text = _held.ToString();
        _held.Clear();
        return text;
    }

    /// <summary>
    /// Where the response ends: at or behind the first stop string, of several that begin together the shortest, that does not end in what
    /// was judged before.
    /// </summary>
    private int? End(string text, int judged)
    {
        (int At, int Length)? first = null;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, Math.Max(0, judged - stop.Length + 1), StringComparison.Ordinal);
            first = at >= 0 && (first is null || (at, stop.Length).CompareTo(first.Value) < 0) ? (at, stop.Length) : first;
        }

        return first is { } found ? found.At + (includesStop ? found.Length : 0) : null;
    }

    /// <summary>Length of the longest end of the text that begins the stop string.</summary>
    private static int Overlap(string text, string stop)
    {
        for (int length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
