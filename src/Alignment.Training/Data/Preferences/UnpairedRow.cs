using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>A completion in its context with a thumb: true = good. Only completions of one category are compared.</summary>
/// <param name="Prompt">Turns up to the completion.</param>
/// <param name="Text">The prompt's text: completions of the same text are compared.</param>
/// <param name="Completion">The response.</param>
/// <param name="Label">Whether it is good.</param>
/// <param name="Category">Empty where there are none.</param>
/// <param name="Part">Which training may see it.</param>
internal sealed record UnpairedRow(
    IReadOnlyList<Turn> Prompt, string Text, string Completion, bool Label, string Category, DataPart Part)
{
    public static IEnumerable<UnpairedRow> ReadAll(string path, MixSource source) =>
        DataRows.Read(path, source, row => Of(row, source)).OfType<UnpairedRow>();

    private static UnpairedRow? Of(DataRow row, MixSource source)
    {
        IReadOnlyList<Turn> prompt = PromptAndResponse.Prompt(row, "prompt");
        string completion = PromptAndResponse.Response(row, "completion", prompt);
        (bool label, string category) = (row.Flag("label"), row.Has("category") ? row.Text("category") : "");
        return source.PartOf(prompt) is { } part
            ? new UnpairedRow(prompt, Conversation.Text(prompt), completion, label, category, part)
            : null;
    }
}
