namespace Alignment.Training.Data.Rows;

/// <summary>Rows with <c>messages</c>: two speakers, the first of whom is the user.</summary>
internal static class DialogueRows
{
    public static List<IReadOnlyList<Turn>> Read(string path, MixSource source) =>
        DataRows.Read(path, source, row => row.Messages("messages"));
}
