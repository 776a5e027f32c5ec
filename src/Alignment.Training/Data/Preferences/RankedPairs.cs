using System.Text.Json;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>Sources whose rows hold both responses.</summary>
internal static class RankedPairs
{
    private static readonly string[] s_annotators = ["annotator1", "annotator2", "annotator3"];

    public static IEnumerable<PreferencePair> ReadPreferences(string path, MixSource source) => Read(path, source, row =>
    {
        double margin = row.Has("margin") ? Margin(row, "margin") : 0;
        double? agreement = row.Has("agreement") ? Agreement(row) : null;
        Judge[] judges = row.Has("user") ? [new Judge(RowName.Require(row.Text("user"), "user"), Agrees: true)] : [];
        return Preference(row, source) is { } pair
            ? pair with { Margin = margin, Agreement = agreement, Judges = judges }
            : null;
    });

    public static IEnumerable<PreferencePair> ReadRanks(string path, MixSource source) => Read(path, source, row =>
    {
        double margin = row.Has("rank_gap") ? Margin(row, "rank_gap") : 0;
        return Pair(Conversation.Alternate(Context(row)), row.Text("chosen").Trim(), row.Text("rejected").Trim(), 1, source) is { } pair
            ? pair with { Margin = margin }
            : null;
    });

    /// <summary>The majority decides; ties are left out. The weight is the share of annotators who agree.</summary>
    public static IEnumerable<PreferencePair> ReadAnnotators(string path, MixSource source) =>
        Read(path, source, row => Judged(row, source));

    private static IEnumerable<PreferencePair> Read(string path, MixSource source, Func<DataRow, PreferencePair?> parse) =>
        DataRows.Read(path, source, parse).OfType<PreferencePair>();

    private static PreferencePair? Preference(DataRow row, MixSource source)
    {
        if (!row.Has("prompt"))
        {
            (IReadOnlyList<Turn> common, string first, string second) = PromptAndResponse.Split(row, "chosen", "rejected");
            return Pair(common, first, second, 1, source);
        }

        IReadOnlyList<Turn> prompt = PromptAndResponse.Prompt(row, "prompt");
        return Pair(
            prompt, PromptAndResponse.Response(row, "chosen", prompt), PromptAndResponse.Response(row, "rejected", prompt), 1, source);
    }

    private static double Margin(DataRow row, string field) => row.Number(field) is >= 0 and var margin && double.IsFinite(margin)
        ? margin
        : throw new RowException($"'{field}' is no margin: the chosen response is better by it");

    private static double Agreement(DataRow row) => row.Number("agreement") is >= 0.5 and <= 1 and var agreement
        ? agreement
        : throw new RowException("'agreement' is not between 0.5 and 1: the probability that the preference is right");

    private static PreferencePair? Judged(DataRow row, MixSource source)
    {
        double[] votes = [.. s_annotators.Select(row.Number)];
        int first = votes.Count(vote => vote == 1);
        int second = votes.Count(vote => vote == 2);
        Turn[] prompt = [new Turn(Turn.User, string.Join("\n\n", row.Text("instruction").Trim(), row.Text("input").Trim()).Trim())];
        (string chosen, string rejected) = first > second ? ("response1", "response2") : ("response2", "response1");

        // Some responses were stored as the JSON value that they look like: true, 7, [1, 2].
        string Response(string field) => (row.IsText(field) ? row.Text(field) : row.Value(field).GetRawText()).Trim();
        return Math.Max(first, second) * 2 > votes.Length
            && Pair(prompt, Response(chosen), Response(rejected), Math.Max(first, second) / (float)votes.Length, source) is { } pair
            ? pair with
            {
                // Three who agree may still be wrong: Laplace's rule of succession.
                Agreement = (Math.Max(first, second) + 1.0) / (first + second + 2),
                Judges =
                [
                    .. s_annotators.Zip(votes)
                        .Where(vote => vote.Second is 1 or 2)
                        .Select(vote => new Judge(vote.First, vote.Second == (first > second ? 1 : 2))),
                ],
            }
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
