using Alignment.Training.Data.Documents;

namespace Alignment.Cli.Progress;

/// <summary>Says what became of the documents of a mix, a line each source.</summary>
internal static class CorpusDisplay
{
    public static void Write(Corpus corpus, TextWriter output)
    {
        Dictionary<int, int> training = corpus.Training.CountBy(document => document.Source).ToDictionary();
        Dictionary<int, int> heldOut = corpus.HeldOut.CountBy(document => document.Source).ToDictionary();
        foreach ((int i, LeftOutDocuments source) in corpus.LeftOut.Index())
        {
            output.WriteLine(
                $"{source.Path}: {training.GetValueOrDefault(i)} documents to learn from, {heldOut.GetValueOrDefault(i)} held out; "
                + $"left out: {source.SameBeginning} that begin like a text kept apart, {source.SharedWords} that share 13 words with one");
        }
    }
}
