namespace Alignment.Training.Data.Preferences;

/// <summary>The transcripts of Anthropic HH: <c>\n\nHuman: ...\n\nAssistant: ...</c>.</summary>
internal static class Transcript
{
    private const string Human = "\n\nHuman:";
    private const string Assistant = "\n\nAssistant:";

    /// <summary>Whether a text begins with a human's turn.</summary>
    public static bool IsOne(string text) => text.AsSpan().TrimStart().StartsWith(Human.AsSpan().TrimStart(), StringComparison.Ordinal);

    /// <summary>The turns, the empty last one of the assistant left out.</summary>
    public static IReadOnlyList<Turn> Parse(string text)
    {
        List<Turn> turns = [];
        int at = 0;
        text = "\n\n" + text.TrimStart();
        while (at < text.Length)
        {
            bool human = text.AsSpan(at).StartsWith(Human, StringComparison.Ordinal);
            bool marked = human || text.AsSpan(at).StartsWith(Assistant, StringComparison.Ordinal);
            int start = at + (human ? Human.Length : marked ? Assistant.Length : 0);
            at = NextMark(text, start);
            turns.Add(new Turn(human || !marked ? Turn.User : Turn.Assistant, text[start..at]));
        }

        return Conversation.Alternate(turns);
    }

    /// <summary>A response up to the point where some annotators' texts go on with the human's next turn.</summary>
    public static string FirstReply(string text) => text[..NextMark(text, 0)].Trim();

    private static int NextMark(string text, int from)
    {
        int human = text.IndexOf(Human, from, StringComparison.Ordinal);
        int assistant = text.IndexOf(Assistant, from, StringComparison.Ordinal);
        return Math.Min(human < 0 ? text.Length : human, assistant < 0 ? text.Length : assistant);
    }
}
