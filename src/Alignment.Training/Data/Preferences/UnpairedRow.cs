using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Preferences;

/// <summary>A completion in its context with a thumb: true = good. Only completions of one category are compared.</summary>
/// <param name="Prompt">Turns up to the completion.</param>
/// <param name="Key">The prompt's text.</param>
/// <param name="Completion">The response.</param>
/// <param name="Label">Whether it is good.</param>
/// <param name="Category">Empty where there are none.</param>
internal sealed record UnpairedRow(IReadOnlyList<Turn> Prompt, string Key, string Completion, bool Label, string Category)
{
    public static List<UnpairedRow> ReadAll(string path, MixSource source) => DataRows.Read(path, source, row =>
    {
        IReadOnlyList<Turn> prompt = PromptAndResponse.Prompt(row, "prompt");
        string completion = PromptAndResponse.Response(row, "completion", prompt);
        return new UnpairedRow(
            prompt, Conversation.Text(prompt), completion, row.Flag("label"), row.Has("category") ? row.Text("category") : "");
    });
}
