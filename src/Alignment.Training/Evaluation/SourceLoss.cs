using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;

namespace Alignment.Training.Evaluation;

/// <summary>How well a language model predicts the documents of one source.</summary>
/// <param name="Source">Path of the source.</param>
/// <param name="Documents">How many were measured.</param>
/// <param name="Loss">Over every token of them but the first, which begins each.</param>
/// <param name="Bytes">UTF-8 bytes of their texts.</param>
public sealed record SourceLoss(string Source, int Documents, MeasuredLoss Loss, long Bytes)
{
    /// <summary>
    /// The loss in bits for each byte of text, which does not depend on the tokenizer. Control tokens are predicted too and have no bytes.
    /// </summary>
    public double BitsPerByte => Bytes == 0 ? 0 : Loss.Nats / Math.Log(2) / Bytes;

    /// <summary>Every document, by source; sources without one are left out. The last is the sum, with no name.</summary>
    public static IReadOnlyList<SourceLoss> Measure(LossMeter meter, PackedTokens data)
    {
        ArgumentNullException.ThrowIfNull(meter);
        ArgumentNullException.ThrowIfNull(data);
        IReadOnlyList<MeasuredLoss> losses = meter.MeasureDocuments(data);
        ushort[] owners = data.DocumentSources.ToArray();
        SourceLoss[] sources =
        [
            .. data.Contents.Sources
                .Select((source, i) => Sum(source.Path, [.. losses.Where((_, document) => owners[document] == i)], source.Bytes))
                .Where(source => source.Documents > 0),
        ];
        return [.. sources, Sum("", losses, sources.Sum(source => source.Bytes))];
    }

    private static SourceLoss Sum(string source, IReadOnlyList<MeasuredLoss> losses, long bytes) =>
        new(source, losses.Count, new MeasuredLoss(losses.Sum(loss => loss.Nats), losses.Sum(loss => loss.Tokens)), bytes);
}
