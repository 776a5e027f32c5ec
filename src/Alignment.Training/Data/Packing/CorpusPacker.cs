using System.Text;
using Alignment.Training.Data.Documents;

namespace Alignment.Training.Data.Packing;

/// <summary>Encodes a corpus once, so that training starts at once and can be resumed at any token.</summary>
public sealed class CorpusPacker(ChatEncoder encoder, Corpus corpus)
{
    /// <summary>The training documents, each as often as its source's weight says, shuffled.</summary>
    public IReadOnlyList<PackedDocument> PackTraining(ulong seed)
    {
        PackedDocument[] order =
            [.. corpus.Training.SelectMany(document => Enumerable.Repeat(Encode(document), Copies(document)))];
        SeededOrder.Shuffle<PackedDocument>(order, seed);
        return order;
    }

    /// <summary>The held-out documents, once each, in the sources' order.</summary>
    public IReadOnlyList<PackedDocument> PackHeldOut() => [.. corpus.HeldOut.Select(Encode)];

    private PackedDocument Encode(CorpusDocument document)
    {
        List<int> tokens = [];
        encoder.Append(document.Turns, tokens);
        return new PackedDocument(
            [.. tokens.Select(id => checked((ushort)id))],
            document.Source,
            document.Turns.Sum(turn => Encoding.UTF8.GetByteCount(turn.Content)));
    }

    private int Copies(CorpusDocument document)
    {
        double weight = corpus.Mix.Sources[document.Source].Weight;
        int whole = (int)weight;
        return whole + (DataSplit.Fraction(Conversation.Text(document.Turns) + "\ncopies") < weight - whole ? 1 : 0);
    }
}
