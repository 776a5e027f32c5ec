using Alignment.Decoding.Responses;
using Alignment.Server.Contracts;

namespace Alignment.Server.Answers.Completions;

/// <summary>A text completion in chunks.</summary>
internal sealed class CompletionStream(
    AnswerHeader header, bool withLogprobs, bool withUsage) : AnswerStream<TextChoice, TextCompletion>(withUsage)
{
    protected override IEnumerable<TextChoice> Openings() => [];

    protected override TextChoice Text(TextEvent text) =>
        new(text.Text, text.Index, withLogprobs ? TextLogprobColumns.From(text.Tokens) : null, FinishReason: null);

    protected override TextChoice Finish(FinishEvent finish) => new("", finish.Index, Logprobs: null, finish.Reason);

    protected override TextCompletion Chunk(IReadOnlyList<TextChoice> choices, AlignmentAnswer? alignment, Usage? usage) => WithUsage
        ? new MeteredTextCompletion
        {
            Id = header.Id,
            Created = header.Created,
            Model = header.Model,
            Choices = choices,
            Alignment = alignment,
            Usage = usage,
        }
        : new TextCompletion { Id = header.Id, Created = header.Created, Model = header.Model, Choices = choices, Alignment = alignment };
}
