using Alignment.Training.Data.Preferences;
using Alignment.Training.Data.Rows;

namespace Alignment.Training.Data.Documents;

/// <summary>
/// What a language model learns from and what it is measured on. Left out of training is every document that begins like a held-out one or
/// like a row of the mixes that are kept apart, or that shares a run of 13 words with one of these. A run that more than
/// <see cref="MostDocuments"/> training documents have does not count: these are phrases of the source ("ok, just confirm the order all
/// looks correct and I'll send it"), not somebody's text.
/// </summary>
/// <param name="Mix">Where the documents come from.</param>
/// <param name="Training">To learn from, in the sources' order, each once.</param>
/// <param name="HeldOut">To measure on, in the sources' order, each once.</param>
/// <param name="LeftOut">By source: what was neither.</param>
public sealed record Corpus(
    DataMix Mix, IReadOnlyList<CorpusDocument> Training, IReadOnlyList<CorpusDocument> HeldOut, IReadOnlyList<LeftOutDocuments> LeftOut)
{
    /// <summary>The most training documents that may share a run that tells one text from others.</summary>
    public const int MostDocuments = 10;

    /// <summary>Reads a mix, and the mixes that it is kept apart from. All texts of the mix are held in memory.</summary>
    /// <exception cref="InvalidDataException">A row is malformed, or a format holds no documents.</exception>
    public static Corpus Read(DataMix mix)
    {
        ArgumentNullException.ThrowIfNull(mix);

        // 1. What is measured on, and what training may never see.
        ILookup<bool, CorpusDocument> documents = mix.Sources.Index()
            .SelectMany(source => DocumentReader.Read(mix.Folder, source.Item)
                .Select(document => (document.Part, Document: new CorpusDocument(source.Index, document.Turns))))
            .ToLookup(item => item.Part == DataPart.HeldOut, item => item.Document);
        KeptApart apart = new();
        foreach (IReadOnlyList<Turn> turns in documents[true].Select(document => document.Turns).Concat(Rows(mix.Others)))
        {
            apart.Add(turns);
        }

        // 2. How many training documents have each run of it.
        (CorpusDocument Document, ulong[] Shared)[] training =
            [.. documents[false].Select(document => (document, apart.SharedRuns(document.Turns)))];
        Dictionary<ulong, int> having = training.SelectMany(item => item.Shared).CountBy(run => run).ToDictionary();

        // 3. What is left.
        ILookup<Reason, CorpusDocument> kept = training.ToLookup(
            item => apart.HasBeginning(item.Document.Turns) ? Reason.Beginning
                : item.Shared.Any(run => having[run] <= MostDocuments) ? Reason.Run : Reason.None,
            item => item.Document);
        return new Corpus(mix, [.. kept[Reason.None]], [.. documents[true]], [.. mix.Sources.Select((source, i) => new LeftOutDocuments(
            source.Path, Count(kept[Reason.Beginning], i), Count(kept[Reason.Run], i)))]);
    }

    private enum Reason
    {
        None,
        Beginning,
        Run,
    }

    /// <summary>Every response with its prompt, also those that were judged alone and that no pair has.</summary>
    private static IEnumerable<IReadOnlyList<Turn>> Rows(IEnumerable<DataMix> mixes) =>
        from mix in mixes
        from source in mix.Sources
        from row in Responses(mix.Folder, source)
        select (IReadOnlyList<Turn>)[.. row.Prompt, new Turn(Turn.Assistant, row.Response)];

    private static IEnumerable<(IReadOnlyList<Turn> Prompt, string Response)> Responses(string folder, MixSource source)
    {
        string format = FormatRecognition.OfPreferences(Path.Combine(folder, source.Path), source);
        bool thumbs = format is SourceFormat.Unpaired or SourceFormat.Feedback;
        return thumbs || format == SourceFormat.Ratings
            ? RatingReader.Read(folder, source, thumbs).Select(row => (row.Prompt, row.Response))
            : PreferenceReader.Read(folder, source)
                .SelectMany(pair => new[] { pair.Chosen, pair.Rejected }.Select(response => (pair.Prompt, response)));
    }

    private static int Count(IEnumerable<CorpusDocument> documents, int source) => documents.Count(document => document.Source == source);
}

/// <summary>A document and where it comes from.</summary>
/// <param name="Source">Index among the mix's sources.</param>
/// <param name="Turns">A conversation, or one turn without a role.</param>
public sealed record CorpusDocument(int Source, IReadOnlyList<Turn> Turns);

/// <summary>How many documents of a source training must not see, though they are not held out.</summary>
/// <param name="Path">Of the source.</param>
/// <param name="SameBeginning">Begin like a text that is kept apart.</param>
/// <param name="SharedWords">Begin otherwise, but share a run of 13 words with one.</param>
public sealed record LeftOutDocuments(string Path, int SameBeginning, int SharedWords);
