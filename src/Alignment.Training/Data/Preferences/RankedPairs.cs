using System.Text.Json;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>Sources whose rows hold both responses.</summary>
internal static class RankedPairs
{
    public static IEnumerable<PreferencePair> ReadPreferences(string path, MixSource source) => Read(path, source, row =>
    {
        if (!row.Has("prompt"))
        {
            (IReadOnlyList<Turn> common, string first, string second) = PromptAndResponse.Split(row, "chosen", "rejected");
            return Pair(common, first, second, 1, source);
        }

        IReadOnlyList<Turn> prompt = PromptAndResponse.Prompt(row, "prompt");
        return Pair(
            prompt, PromptAndResponse.Response(row, "chosen", prompt), PromptAndResponse.Response(row, "rejected", prompt), 1, source);
    });

    public static IEnumerable<PreferencePair> ReadRanks(string path, MixSource source) => Read(path, source, row =>
        Pair(Conversation.Alternate(Context(row)), row.Text("chosen").Trim(), row.Text("rejected").Trim(), 1, source));

    /// <summary>The majority decides; ties are left out. The weight is the share of annotators who agree.</summary>
    public static IEnumerable<PreferencePair> ReadAnnotators(string path, MixSource source) =>
        Read(path, source, row => Judge(row, source));

    private static IEnumerable<PreferencePair> Read(string path, MixSource source, Func<DataRow, PreferencePair?> parse) =>
        DataRows.Read(path, source, parse).OfType<PreferencePair>();

    private static PreferencePair? Judge(DataRow row, MixSource source)
    {
        double[] votes = [row.Number("annotator1"), row.Number("annotator2"), row.Number("annotator3")];
        int first = votes.Count(vote => vote == 1);
        int second = votes.Count(vote => vote == 2);
        Turn[] prompt = [new Turn(Turn.User, string.Join("\n\n", row.Text("instruction").Trim(), row.Text("input").Trim()).Trim())];
        (string chosen, string rejected) = first > second ? ("response1", "response2") : ("response2", "response1");

        // Some responses were stored as the JSON value that they look like: true, 7, [1, 2].
        string Response(string field) => (row.IsText(field) ? row.Text(field) : row.Value(field).GetRawText()).Trim();
        return Math.Max(first, second) * 2 > votes.Length
            ? Pair(prompt, Response(chosen), Response(rejected), Math.Max(first, second) / (float)votes.Length, source)
            : null;
    }

    /// <summary>Pairs of a role and a text.</summary>
    private static IEnumerable<Turn> Context(DataRow row)
    {
        foreach (
            JsonElement turn in row.Value("context") is { ValueKind: JsonValueKind.Array } list
                ? list.EnumerateArray()
                : throw row.Problem("context", "a list"))
        {
            bool isTurn = turn.ValueKind == JsonValueKind.Array && turn.GetArrayLength() == 2
                && turn.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String);
            yield return isTurn
                ? new Turn(turn[0].GetString() == "prompter" ? Turn.User : Turn.Assistant, turn[1].GetString()!)
                : throw new RowException("'context' holds what is not a role and a text");
        }
    }

    private static PreferencePair? Pair(IReadOnlyList<Turn> prompt, string chosen, string rejected, float agreement, MixSource source) =>
        source.PartOf(prompt) is { } part
            ? new PreferencePair(prompt, chosen, rejected, source.Path, (float)source.Weight * agreement, part)
            : null;
}
