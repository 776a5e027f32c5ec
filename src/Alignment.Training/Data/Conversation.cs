namespace Alignment.Training.Data;

/// <summary>The shape every source is brought to: alternating turns of trimmed, non-empty text.</summary>
public static class Conversation
{
    /// <summary>Drops empty turns and joins successive turns of one role by a space.</summary>
    public static IReadOnlyList<Turn> Alternate(IEnumerable<Turn> turns)
    {
        List<Turn> result = [];
        foreach (Turn turn in turns)
        {
            string content = turn.Content.Trim();
            if (content.Length == 0)
            {
                continue;
            }

            if (result.Count > 0 && result[^1].Role == turn.Role)
            {
                result[^1] = new Turn(turn.Role, result[^1].Content + " " + content);
            }
            else
            {
                result.Add(new Turn(turn.Role, content));
            }
        }

        return result;
    }

    /// <summary>All contents, one a line: what identifies a document for removing duplicates.</summary>
    public static string Text(IEnumerable<Turn> turns) => string.Join('\n', turns.Select(turn => turn.Content));
}
