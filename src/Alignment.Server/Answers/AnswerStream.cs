using System.Runtime.CompilerServices;
using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers;

/// <summary>
/// Events as chunks: what opens each response, its text, its finish; then, where asked for, a chunk without choices that has usage and
/// report.
/// </summary>
internal abstract class AnswerStream<TChoice, TChunk>(bool withUsage)
    where TChoice : class
{
    private AlignmentAnswer? _alignment;
    private Usage? _usage;

    /// <summary>Whether every chunk has a field for usage; it is null in all but the last.</summary>
    protected bool WithUsage { get; } = withUsage;

    public async IAsyncEnumerable<TChunk> ChunksAsync(
        IAsyncEnumerable<GenerationEvent> events, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        bool begun = false;
        await foreach (GenerationEvent item in events.WithCancellation(cancellation))
        {
            // Openings wait for the first event, so that a request that fails before it is answered with a status.
            foreach (TChoice opening in begun ? [] : Openings())
            {
                yield return Chunk([opening], null, null);
            }

            begun = true;
            if (Take(item) is { } choice)
            {
                yield return Chunk([choice], null, null);
            }
        }

        if (WithUsage || _alignment is not null)
        {
            yield return Chunk([], _alignment, _usage);
        }
    }

    /// <summary>What each response begins with.</summary>
    protected abstract IEnumerable<TChoice> Openings();

    protected abstract TChoice Text(TextEvent text);

    protected abstract TChoice Finish(FinishEvent finish);

    protected abstract TChunk Chunk(IReadOnlyList<TChoice> choices, AlignmentAnswer? alignment, Usage? usage);

    private TChoice? Take(GenerationEvent item)
    {
        switch (item)
        {
            case TextEvent { Text: not "" } or TextEvent { Tokens: not [] }:
                return Text((TextEvent)item);
            case FinishEvent finish:
                return Finish(finish);
            case ReportEvent report:
                _alignment = new AlignmentAnswer(report.Report);
                return null;
            case UsageEvent usage:
                _usage = Usage.From(usage);
                return null;
            default:
                return null;
        }
    }
}
