using System.Runtime.CompilerServices;
using Alignment.Decoding;
using Alignment.Server.Contracts;
using Alignment.Server.Contracts.Completions;

namespace Alignment.Server.Answers.Completions;

/// <summary>A completion in chunks: those with text, one with the finish reason for each response; then, where asked for, one without choices that has usage and report.</summary>
internal sealed class CompletionStream(AnswerHeader header, bool withLogprobs, bool withUsage)
{
    private readonly Dictionary<int, TextLogprobColumns> _logprobs = [];
    private AlignmentAnswer? _alignment;
    private Usage? _usage;

    public async IAsyncEnumerable<TextCompletion> ChunksAsync(
        IAsyncEnumerable<GenerationEvent> events, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (GenerationEvent item in events.WithCancellation(cancellation))
        {
            if (Choice(item) is { } choice)
            {
                yield return Chunk([choice]);
            }
        }

        if (withUsage || _alignment is not null)
        {
            yield return Chunk([], last: true);
        }
    }

    private TextChoice? Choice(GenerationEvent item)
    {
        switch (item)
        {
            case TextEvent { Text: "", Tokens: [] }:
                return null;
            case TextEvent text:
                return new(text.Text, text.Index, withLogprobs ? Columns(text.Index).Next(text.Tokens) : null, FinishReason: null);
            case FinishEvent finish:
                return new("", finish.Index, Logprobs: null, finish.Reason);
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

    private TextLogprobColumns Columns(int index)
    {
        if (!_logprobs.TryGetValue(index, out TextLogprobColumns? columns))
        {
            _logprobs.Add(index, columns = new TextLogprobColumns());
        }

        return columns;
    }

    private TextCompletion Chunk(IReadOnlyList<TextChoice> content, bool last = false)
    {
        AlignmentAnswer? alignment = last ? _alignment : null;
        return withUsage
            ? new MeteredTextCompletion
            {
                Id = header.Id,
                Created = header.Created,
                Model = header.Model,
                Choices = content,
                Alignment = alignment,
                Usage = last ? _usage : null,
            }
            : new TextCompletion { Id = header.Id, Created = header.Created, Model = header.Model, Choices = content, Alignment = alignment };
    }
}
