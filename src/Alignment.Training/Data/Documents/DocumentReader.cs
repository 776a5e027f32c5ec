using Alignment.Training.Data.Preferences;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Documents;

/// <summary>
/// Reads any source as documents for language modelling. Of preferences only the preferred response is read; duplicates are read once.
/// </summary>
public static class DocumentReader
{
    /// <summary>All documents of a source, in the file's order.</summary>
    /// <exception cref="InvalidDataException">A row is malformed, or the format holds no documents.</exception>
    public static IEnumerable<Document> Read(string folder, MixSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string path = Path.Combine(folder, source.Path);
        IEnumerable<Document?> documents = FormatRecognition.OfDocuments(path, source) switch
        {
            SourceFormat.Dialogue => DialogueRows.Read(path, source).Select(turns => Of(turns, source)),
            SourceFormat.Book => TextDocuments.ReadBook(path).Select(text => Of([new Turn(null, text)], source)),
            SourceFormat.Stories => TextDocuments.ReadStories(path).Select(text => Of([new Turn(null, text)], source)),
            SourceFormat.Unpaired => UnpairedRow.ReadAll(path, source).Where(row => row.Label)
                .Select(row => new Document(Conversation.Alternate([.. row.Prompt, new Turn(Turn.Assistant, row.Completion)]), row.Part)),
            _ => PreferenceReader.Read(folder, source).Where(pair => pair.IsUsable)
                .Select(pair => new Document([.. pair.Prompt, new Turn(Turn.Assistant, pair.Chosen)], pair.Part)),
        };
        return documents.OfType<Document>()
            .Where(document => document.Turns.Any(turn => turn.Content.Length > 0))
            .DistinctBy(document => DataSplit.Hash(Conversation.Text(document.Turns)));
    }

    private static Document? Of(IReadOnlyList<Turn> turns, MixSource source) =>
        source.PartOf(turns) is { } part ? new Document(turns, part) : null;
}
