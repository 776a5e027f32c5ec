using System.Text;

namespace Alignment.Decoding.Text;

/// <summary>Finds the first stop string in text that comes in pieces, and holds back what may turn out to begin one.</summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop string was found; nothing comes after it.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes the next piece; returns what is now certain to belong to the response.</summary>
    public string Push(string piece)
    {
        if (stops.Count == 0)
        {
            return piece;
        }

        string text = _held.Append(piece).ToString();
        _held.Clear();
        int end = FirstStop(text);
        if (end >= 0)
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

    private int FirstStop(string text)
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }

        return first;
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
