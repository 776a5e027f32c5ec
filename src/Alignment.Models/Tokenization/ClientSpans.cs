namespace Alignment.Models.Tokenization;

/// <summary>Which characters of a text a client wrote: none of them takes part in a control token.</summary>
internal sealed class ClientSpans
{
    private static readonly Comparer<(int Start, int End)> s_byEnd = Comparer<(int Start, int End)>.Create(
        (x, y) => x.End.CompareTo(y.End));

    private readonly (int Start, int End)[] _spans;

    private ClientSpans((int Start, int End)[] spans) => _spans = spans;

    /// <summary>No character is a client's.</summary>
    public static ClientSpans None { get; } = new([]);

    /// <summary>Every character is a client's.</summary>
    public static ClientSpans All { get; } = new([(0, int.MaxValue)]);

    public static ClientSpans Of(string text, IReadOnlyList<Range> ranges)
    {
        (int Start, int End)[] spans =
        [
            .. ranges.Select(range => (range.Start.GetOffset(text.Length), range.End.GetOffset(text.Length))).Where(
                span => span.Item1 < span.Item2),
        ];
        bool ordered = spans.Zip(spans.Skip(1)).All(pair => pair.First.End < pair.Second.Start)
            && (spans.Length == 0 || spans[^1].End <= text.Length);
        return ordered
            ? new ClientSpans(spans)
            : throw new ArgumentException("ranges must be in order, apart and inside the text", nameof(ranges));
    }

    /// <summary>Whether one of the characters from <paramref name="start"/> to before <paramref name="end"/> is a client's.</summary>
    public bool Touches(int start, int end)
    {
        int first = FirstEndingAfter(start);
        return first < _spans.Length && _spans[first].Start < end;
    }

    /// <summary>The same of a part of the text, in positions of that part.</summary>
    public ClientSpans Within(int start, int end)
    {
        int first = FirstEndingAfter(start);
        if (first == _spans.Length || _spans[first].Start >= end)
        {
            return None;
        }

        (int Start, int End)[] inside =
        [
            .. _spans.Skip(first).TakeWhile(span => span.Start < end).Select(
                span => (Math.Max(span.Start, start) - start, Math.Min(span.End, end) - start)),
        ];
        return inside is [(0, var last)] && last == end - start ? All : new ClientSpans(inside);
    }

    /// <summary>Whether all characters have one author.</summary>
    public bool IsUniform => this == All || _spans.Length == 0;

    /// <summary>The text cut where its author changes.</summary>
    public IEnumerable<(string Text, ClientSpans Clients)> Pieces(string text)
    {
        int at = 0;
        foreach ((int start, int end) in _spans)
        {
            if (start > at)
            {
                yield return (text[at..start], None);
            }

            at = Math.Min(end, text.Length);
            yield return (text[start..at], All);
        }

        if (at < text.Length)
        {
            yield return (text[at..], None);
        }
    }

    private int FirstEndingAfter(int position)
    {
        int found = Array.BinarySearch(_spans, (0, position + 1), s_byEnd);
        return found < 0 ? ~found : found;
    }
}
