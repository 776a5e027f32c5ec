namespace Alignment.Training.Data.Documents;

/// <summary>Rows with <c>messages</c>: two speakers, the first of whom is the user.</summary>
internal static class DialogueDocuments
{
    public static IEnumerable<IReadOnlyList<Turn>> Read(string path) =>
        JsonLines.Read<Row>(path).Select(row => Conversation.Alternate(row.Messages.Select(message => new Turn(message.Role, message.Content))));

    private sealed record Row(Message[] Messages);

    private sealed record Message(string Role, string Content);
}
