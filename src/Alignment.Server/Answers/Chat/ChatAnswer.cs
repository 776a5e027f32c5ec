using Alignment.Server.Contracts;

namespace Alignment.Server.Answers.Chat;

/// <summary>A chat completion in one piece.</summary>
internal static class ChatAnswer
{
    public static ChatCompletion From(CollectedAnswer answer, AnswerHeader header, bool withLogprobs) => new()
    {
        Id = header.Id,
        Created = header.Created,
        Model = header.Model,
        Choices = [.. answer.Choices.Select((choice, i) => Choice(choice, i, withLogprobs))],
        Usage = answer.Usage,
        PromptLogprobs = answer.Choices is [var first, ..] ? PromptLogprobList.From(first.Prompt) : null,
        Alignment = answer.Alignment,
    };

    private static ChatChoice Choice(CollectedChoice choice, int index, bool withLogprobs) => new(
        index,
        new AssistantMessage("assistant", choice.Text, Refusal: null),
        withLogprobs ? ChatLogprobColumns.From(choice.Tokens) : null,
        choice.FinishReason);
}
