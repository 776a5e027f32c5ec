using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers.Chat;

/// <summary>A chat completion in chunks; each response opens with its role.</summary>
internal sealed class ChatStream(
    AnswerHeader header, int choices, bool withLogprobs, bool withUsage) : AnswerStream<ChatChunkChoice, ChatCompletionChunk>(withUsage)
{
    protected override IEnumerable<ChatChunkChoice> Openings()
        => Enumerable.Range(0, choices).Select(
            i => new ChatChunkChoice(i, new ChatDelta { Role = "assistant", Content = "" }, Logprobs: null, FinishReason: null));

    protected override ChatChunkChoice Text(TextEvent text)
        => new(
            text.Index,
            new ChatDelta { Content = text.Text },
            withLogprobs ? ChatLogprobColumns.From(text.Tokens) : null,
            FinishReason: null);

    protected override ChatChunkChoice Finish(FinishEvent finish) => new(finish.Index, new ChatDelta(), Logprobs: null, finish.Reason);

    protected override ChatCompletionChunk Chunk(
        IReadOnlyList<ChatChunkChoice> choices, AlignmentAnswer? alignment, Usage? usage) => WithUsage
        ? new MeteredChatCompletionChunk
        {
            Id = header.Id,
            Created = header.Created,
            Model = header.Model,
            Choices = choices,
            Alignment = alignment,
            Usage = usage,
        }
        : new ChatCompletionChunk
        {
            Id = header.Id,
            Created = header.Created,
            Model = header.Model,
            Choices = choices,
            Alignment = alignment,
        };
}
