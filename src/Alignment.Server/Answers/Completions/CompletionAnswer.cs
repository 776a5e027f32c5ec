using Alignment.Server.Contracts;

namespace Alignment.Server.Answers.Completions;

/// <summary>A completion in one piece.</summary>
internal static class CompletionAnswer
{
    public static MeteredTextCompletion From(CollectedAnswer answer, AnswerHeader header, bool withLogprobs) => new()
    {
        Id = header.Id,
        Created = header.Created,
        Model = header.Model,
        Choices = [.. answer.Choices.Select((choice, i) => Choice(choice, i, withLogprobs))],
        Usage = answer.Usage,
        Alignment = answer.Alignment,
    };

    private static TextChoice Choice(CollectedChoice choice, int index, bool withLogprobs)
        => new(choice.Text, index, withLogprobs ? TextLogprobColumns.From(choice.Tokens) : null, choice.FinishReason)
        {
            PromptLogprobs = PromptLogprobList.From(choice.Prompt),
        };
}
