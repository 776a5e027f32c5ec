using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>
/// One pair a dialogue: what the assistant really said at a place chosen by the dialogue's hash, against what an assistant
/// said in another dialogue. It teaches that an answer should fit the question, which no length bias explains.
/// </summary>
internal static class RelevancePairs
{
    public static IEnumerable<PreferencePair> Read(string path, MixSource source)
    {
        ILookup<DataPart, Dialogue> parts = DialogueRows.Read(path, source)
            .Select(turns => Dialogue.Of(turns, source))
            .OfType<Dialogue>()
            .ToLookup(dialogue => dialogue.Part);
        foreach (IGrouping<DataPart, Dialogue> part in parts)
        {
            Dialogue[] members = [.. part];
            foreach ((int place, Dialogue dialogue) in members.Index())
            {
                // Another one, but where there is no other: a pair of no use.
                int distance = 1 + SeededOrder.Index(dialogue.Hash, 1, Math.Max(1, members.Length - 1));
                Dialogue other = members[(place + distance) % members.Length];
                int reply = dialogue.Replies[SeededOrder.Index(dialogue.Hash, 0, dialogue.Replies.Length)];
                int otherReply = other.Replies[SeededOrder.Index(dialogue.Hash, 2, other.Replies.Length)];
                yield return new PreferencePair(
                    [.. dialogue.Turns.Take(reply)],
                    dialogue.Turns[reply].Content,
                    other.Turns[otherReply].Content,
                    source.Path,
                    (float)source.Weight,
                    dialogue.Part)
                {
                    IsBorrowed = true,
                };
            }
        }
    }

    /// <param name="Replies">Indices of the assistant's turns that answer something.</param>
    private sealed record Dialogue(IReadOnlyList<Turn> Turns, int[] Replies, ulong Hash, DataPart Part)
    {
        /// <summary>Null where nothing is answered, or the dialogue is not read.</summary>
        public static Dialogue? Of(IReadOnlyList<Turn> turns, MixSource source)
        {
            int[] replies = [.. Enumerable.Range(0, turns.Count).Where(index => index > 0 && turns[index].Role == Turn.Assistant)];
            return replies.Length > 0 && source.PartOf(turns) is { } part
                ? new Dialogue(turns, replies, DataSplit.Hash(Conversation.Text(turns)), part)
                : null;
        }
    }
}
