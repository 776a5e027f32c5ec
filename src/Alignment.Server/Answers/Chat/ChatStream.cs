using System.Runtime.CompilerServices;
using Alignment.Decoding;
using Alignment.Server.Contracts;
using Alignment.Server.Contracts.Chat;

namespace Alignment.Server.Answers.Chat;

/// <summary>
/// A chat completion in chunks: for each response one with the role, those with text, one with the finish reason; then, where asked for, one without
/// choices that has usage and report.
/// </summary>
internal sealed class ChatStream(AnswerHeader header, int choices, bool withLogprobs, bool withUsage)
{
    private AlignmentAnswer? _alignment;
    private Usage? _usage;

    public async IAsyncEnumerable<ChatCompletionChunk> ChunksAsync(
        IAsyncEnumerable<GenerationEvent> events, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        bool begun = false;
        await foreach (GenerationEvent item in events.WithCancellation(cancellation))
        {
            // Roles wait for the first event, so that a request that fails before it is answered with a status.
            for (int i = 0; i < choices && !begun; i++)
            {
                yield return Chunk([new ChatChunkChoice(i, new ChatDelta { Role = "assistant", Content = "" }, Logprobs: null, FinishReason: null)]);
            }

            begun = true;
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

    private ChatChunkChoice? Choice(GenerationEvent item)
    {
        switch (item)
        {
            case TextEvent { Text: "", Tokens: [] }:
                return null;
            case TextEvent text:
                return new(text.Index, new ChatDelta { Content = text.Text }, withLogprobs ? ChatLogprobColumns.From(text.Tokens) : null, FinishReason: null);
            case FinishEvent finish:
                return new(finish.Index, new ChatDelta(), Logprobs: null, finish.Reason);
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

    private ChatCompletionChunk Chunk(IReadOnlyList<ChatChunkChoice> content, bool last = false)
    {
        AlignmentAnswer? alignment = last ? _alignment : null;
        return withUsage
            ? new MeteredChatCompletionChunk
            {
                Id = header.Id,
                Created = header.Created,
                Model = header.Model,
                Choices = content,
                Alignment = alignment,
                Usage = last ? _usage : null,
            }
            : new ChatCompletionChunk { Id = header.Id, Created = header.Created, Model = header.Model, Choices = content, Alignment = alignment };
    }
}
