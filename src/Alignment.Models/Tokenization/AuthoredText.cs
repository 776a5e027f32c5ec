namespace Alignment.Models.Tokenization;

/// <summary>Carries authorship through a normaliser, which knows only strings.</summary>
internal static class AuthoredText
{
    /// <summary>Noncharacters, of which normalisers do nothing; one that the text lacks marks where its author changes.</summary>
    private const char FirstMark = '\uFDD0';

    private const char LastMark = '\uFDEF';

    /// <summary>
    /// The normalised text and who wrote what of it, in one piece where that can be told. Where it cannot, because the normaliser works
    /// across the borders between authors, the text is cut at these borders.
    /// </summary>
    public static IEnumerable<(string Text, ClientSpans Clients)> Normalize(
        string text, ClientSpans clients, Func<string, string> normalize)
    {
        string whole = normalize(text);
        if (clients.IsUniform || whole == text)
        {
            return [(whole, clients)];
        }

        return Follow(text, whole, clients, normalize) is { } followed
            ? [(whole, followed)]
            : clients.Pieces(text).Select(piece => (normalize(piece.Text), piece.Clients));
    }

    private static ClientSpans? Follow(string text, string whole, ClientSpans clients, Func<string, string> normalize)
    {
        char mark = FirstMark;
        while (text.Contains(mark, StringComparison.Ordinal))
        {
            if (++mark > LastMark)
            {
                return null;
            }
        }

        (string Text, ClientSpans Clients)[] pieces = [.. clients.Pieces(text)];
        string[] normalized = normalize(string.Join(mark, pieces.Select(piece => piece.Text))).Split(mark);
        if (normalized.Length != pieces.Length || string.Concat(normalized) != whole)
        {
            return null;
        }

        List<Range> ranges = [];
        int at = 0;
        for (int i = 0; i < pieces.Length; at += normalized[i++].Length)
        {
            if (pieces[i].Clients == ClientSpans.All)
            {
                Add(ranges, at, at + normalized[i].Length);
            }
        }

        return ClientSpans.Of(whole, ranges);
    }

    /// <summary>Adds a range, or lengthens the last one, where the normaliser left nothing of what stood between them.</summary>
    private static void Add(List<Range> ranges, int start, int end)
    {
        if (ranges.Count > 0 && ranges[^1].End.Value == start)
        {
            ranges[^1] = ranges[^1].Start..end;
        }
        else
        {
            ranges.Add(start..end);
        }
    }
}
