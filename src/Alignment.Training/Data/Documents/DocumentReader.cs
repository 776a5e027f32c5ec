using Alignment.Training.Data.Preferences;

namespace Alignment.Training.Data.Documents;

/// <summary>Reads any source as documents for language modelling. Of preferences only the preferred response is read; duplicates are read once.</summary>
public static class DocumentReader
{
    /// <summary>All documents of a source, in the file's order.</summary>
    /// <exception cref="InvalidDataException">A row is malformed, or the format holds no documents.</exception>
    public static IEnumerable<Document> Read(string dataFolder, MixSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        string path = Path.Combine(dataFolder, source.Path);
        IEnumerable<Document> documents = source.Format switch
        {
            SourceFormat.Dialogue => DialogueDocuments.Read(path).Select(turns => Of(turns, Conversation.Text(turns), source)),
            SourceFormat.Book => TextDocuments.ReadBook(path).Select(text => Of([new Turn(null, text)], text, source)),
            SourceFormat.Stories => TextDocuments.ReadStories(path).Select(text => Of([new Turn(null, text)], text, source)),
            SourceFormat.Safety => JsonLines.Read<SafetyRow>(path).Where(row => row.Label)
                .Select(row => Of(Conversation.Alternate([new Turn(Turn.User, row.Prompt), new Turn(Turn.Assistant, row.Completion)]), row.Prompt.Trim(), source)),
            _ => PreferenceReader.Read(dataFolder, source).Select(pair => new Document([.. pair.Prompt, new Turn(Turn.Assistant, pair.Chosen)], pair.Part)),
        };
        return documents.Where(document => document.Turns.Any(turn => turn.Content.Length > 0)).DistinctBy(document => DataSplit.Hash(Conversation.Text(document.Turns)));
    }

    private static Document Of(IReadOnlyList<Turn> turns, string key, MixSource source) => new(turns, DataSplit.PartOf(key, source.HeldOut));
}
