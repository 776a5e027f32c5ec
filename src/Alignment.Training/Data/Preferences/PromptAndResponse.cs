using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>
/// Prompts and responses as the general formats write them: a text, a transcript, or a list of messages. Of a response that goes on with
/// further turns, the first answer is read.
/// </summary>
internal static class PromptAndResponse
{
    /// <summary>A text that is no transcript is the user's.</summary>
    public static IReadOnlyList<Turn> Prompt(DataRow row, string field) =>
        row.IsText(field) ? TextPrompt(row.Text(field)) : row.Messages(field);

    /// <summary>The answer to a prompt that is known; a list of messages may repeat the prompt. Empty where there is no answer.</summary>
    public static string Response(DataRow row, string field, IReadOnlyList<Turn> prompt)
    {
        if (row.IsText(field))
        {
            return Transcript.FirstReply(row.Text(field));
        }

        IReadOnlyList<Turn> turns = row.Messages(field);
        return Answer(turns, turns.Take(prompt.Count).SequenceEqual(prompt) ? prompt.Count : 0);
    }

    /// <summary>What two conversations, or two texts, have in common at their beginning, and how each goes on.</summary>
    /// <exception cref="RowException">They have no beginning in common.</exception>
    public static (IReadOnlyList<Turn> Prompt, string First, string Second) Split(DataRow row, string first, string second)
    {
        if (row.IsText(first) && row.IsText(second) && !Transcript.IsOne(row.Text(first)))
        {
            return SplitTexts(row.Text(first), row.Text(second));
        }

        (IReadOnlyList<Turn> one, IReadOnlyList<Turn> other) = (Prompt(row, first), Prompt(row, second));
        int common = one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
        return common > 0 ? ([.. one.Take(common)], Answer(one, common), Answer(other, common)) : throw NothingInCommon();
    }

    private static IReadOnlyList<Turn> TextPrompt(string text) =>
        Transcript.IsOne(text) ? Transcript.Parse(text) : Conversation.Alternate([new Turn(Turn.User, text)]);

    private static string Answer(IReadOnlyList<Turn> turns, int at) =>
        at < turns.Count && turns[at].Role == Turn.Assistant ? turns[at].Content : "";

    /// <summary>Texts are cut at the last white space of what they have in common.</summary>
    private static (IReadOnlyList<Turn> Prompt, string First, string Second) SplitTexts(string first, string second)
    {
        int common = first.AsSpan().CommonPrefixLength(second);
        int cut = first.AsSpan(0, common).LastIndexOfAny(" \t\n") + 1;
        return string.IsNullOrWhiteSpace(first[..cut])
            ? throw NothingInCommon()
            : (TextPrompt(first[..cut]), first[cut..].Trim(), second[cut..].Trim());
    }

    private static RowException NothingInCommon() => new("'prompt' is missing, and 'chosen' and 'rejected' do not begin alike");
}
