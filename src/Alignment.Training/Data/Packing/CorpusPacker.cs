using Alignment.Training.Data.Documents;

namespace Alignment.Training.Data.Packing;

/// <summary>Encodes a mix once, so that training starts at once and can be resumed at any token.</summary>
public sealed class CorpusPacker(ChatEncoder encoder, DataMix mix)
{
    /// <summary>The training documents, each as often as its source's weight says, shuffled.</summary>
    public IReadOnlyList<ushort[]> PackTraining(ulong seed)
    {
        List<ushort[]> documents = [];
        foreach ((MixSource source, Document document) in Documents().Where(item => item.Document.Part != DataPart.HeldOut))
        {
            ushort[] tokens = Encode(document);
            documents.AddRange(Enumerable.Repeat(tokens, Copies(source.Weight, document)));
        }

        ushort[][] order = [.. documents];
        SeededOrder.Shuffle<ushort[]>(order, seed);
        return order;
    }

    /// <summary>The held-out documents, once each, in the sources' order.</summary>
    public IReadOnlyList<ushort[]> PackHeldOut() =>
        [.. Documents().Where(item => item.Document.Part == DataPart.HeldOut).Select(item => Encode(item.Document))];

    private IEnumerable<(MixSource Source, Document Document)> Documents() =>
        mix.Sources.SelectMany(source => DocumentReader.Read(mix.Folder, source).Select(document => (source, document)));

    private ushort[] Encode(Document document)
    {
        List<int> tokens = [];
        encoder.Append(document.Turns, tokens);
        return [.. tokens.Select(id => checked((ushort)id))];
    }

    private static int Copies(double weight, Document document)
    {
        int whole = (int)weight;
        return whole + (DataSplit.Fraction(Conversation.Text(document.Turns) + "\ncopies") < weight - whole ? 1 : 0);
    }
}
