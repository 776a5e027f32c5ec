using System.Text.Json;

namespace Alignment.Training.Data.Preferences;

/// <summary>Sources whose rows hold both responses. The split is by the first turn, which related conversations share.</summary>
internal static class RankedPairs
{
    private const int Annotators = 3;

    public static IEnumerable<PreferencePair> ReadHumanAssistant(string path, MixSource source)
    {
        foreach (HumanAssistantRow row in JsonLines.Read<HumanAssistantRow>(path))
        {
            yield return Pair(Transcript.Parse(row.Prompt), Transcript.FirstReply(row.Chosen), Transcript.FirstReply(row.Rejected), 1, source);
        }
    }

    public static IEnumerable<PreferencePair> ReadRanks(string path, MixSource source)
    {
        foreach (RanksRow row in JsonLines.Read<RanksRow>(path))
        {
            IEnumerable<Turn> turns = row.Context.Select(turn => new Turn(turn[0] == "prompter" ? Turn.User : Turn.Assistant, turn[1]));
            yield return Pair(Conversation.Alternate(turns), row.Chosen.Trim(), row.Rejected.Trim(), 1, source);
        }
    }

    /// <summary>The majority decides; ties are left out. The weight is the share of annotators who agree.</summary>
    public static IEnumerable<PreferencePair> ReadAnnotators(string path, MixSource source)
    {
        foreach (AnnotatorsRow row in JsonLines.Read<AnnotatorsRow>(path))
        {
            int[] votes = [row.Annotator1, row.Annotator2, row.Annotator3];
            int first = votes.Count(vote => vote == 1);
            int second = votes.Count(vote => vote == 2);
            if (Math.Max(first, second) * 2 > Annotators)
            {
                Turn[] prompt = [new Turn(Turn.User, string.Join("\n\n", row.Instruction.Trim(), row.Input.Trim()).Trim())];
                (JsonElement chosen, JsonElement rejected) = first > second ? (row.Response1, row.Response2) : (row.Response2, row.Response1);
                yield return Pair(prompt, Text(chosen), Text(rejected), Math.Max(first, second) / (float)Annotators, source);
            }
        }
    }

    // Some responses were stored as the JSON value that they look like: true, 7, [1, 2].
    private static string Text(JsonElement response) => (response.ValueKind == JsonValueKind.String ? response.GetString()! : response.GetRawText()).Trim();

    private static PreferencePair Pair(IReadOnlyList<Turn> prompt, string chosen, string rejected, float agreement, MixSource source)
    {
        string key = prompt.Count == 0 ? "" : prompt[0].Content;
        return new PreferencePair(prompt, chosen, rejected, source.Path, (float)source.Weight * agreement, DataSplit.PartOf(key, source.HeldOut));
    }

    private sealed record HumanAssistantRow(string Prompt, string Chosen, string Rejected);

    private sealed record RanksRow(string[][] Context, string Chosen, string Rejected);

    private sealed record AnnotatorsRow(string Instruction, string Input, JsonElement Response1, JsonElement Response2, int Annotator1, int Annotator2, int Annotator3);
}
