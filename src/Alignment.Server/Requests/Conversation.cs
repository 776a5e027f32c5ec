using Alignment.Decoding.Problems;
using Alignment.Decoding.Requests;
using Alignment.Server.Contracts;

namespace Alignment.Server.Requests;

/// <summary>Messages as clients write them, to turns as chat templates know them.</summary>
internal static class Conversation
{
    /// <summary>Name of the field.</summary>
    public const string Field = "messages";

    private const string ContinueField = "continue_final_message";

    /// <param name="messages">The messages.</param>
    /// <param name="opens">add_generation_prompt.</param>
    /// <param name="continues">continue_final_message.</param>
    /// <param name="problems">Receives the problems.</param>
    public static ChatPrompt Bind(IReadOnlyList<ChatMessageBody?>? messages, bool? opens, bool? continues, ProblemCollection problems)
    {
        ChatEnding ending = Ending(opens, continues, problems);
        if (ending == ChatEnding.LastContent && !problems.Touch(ContinueField))
        {
            CheckContinued(messages, problems);
        }

        if (messages is null || !RequestRanges.MessageCount.Contains(messages.Count))
        {
            if (!problems.Touch(Field))
            {
                string wrong = messages is null ? "is required" : $"has {messages.Count} messages";
                problems.Add(new RequestProblem(Field, $"{wrong}: their number must be {RequestRanges.MessageCount}"));
            }

            return new ChatPrompt([]);
        }

        return new ChatPrompt([.. messages.Select((message, i) => Turn(message, $"{Field}[{i}]", problems))], ending);
    }

    private static ChatEnding Ending(bool? opens, bool? continues, ProblemCollection problems)
    {
        if (opens is true && continues is true)
        {
            problems.Add(new RequestProblem(ContinueField, "and add_generation_prompt exclude each other"));
        }

        return continues is true ? ChatEnding.LastContent : opens is false ? ChatEnding.LastTurn : ChatEnding.NextTurn;
    }

    /// <summary>
    /// The answer is the assistant's, so what it continues must be; a model that has read all of a user's turn only ends it.
    /// </summary>
    private static void CheckContinued(IReadOnlyList<ChatMessageBody?>? messages, ProblemCollection problems)
    {
        if (messages is [.., { Role: "system" or "developer" or "user" } last])
        {
            string problem = $"the last message is the {last.Role}'s; only one of the assistant can be continued";
            problems.Add(new RequestProblem(ContinueField, problem));
        }
    }

    private static ChatTurn Turn(ChatMessageBody? message, string path, ProblemCollection problems)
    {
        if (message is null)
        {
            problems.Add(new RequestProblem(path, "must be an object, not null"));
            return new ChatTurn("", "");
        }

        string? role = message.Role switch
        {
            "system" or "developer" => "system",
            "user" => "user",
            "assistant" => "assistant",
            _ => null,
        };
        if (role is null && !problems.Touch($"{path}.role"))
        {
            problems.Add(new RequestProblem($"{path}.role", "must be system, developer, user or assistant"));
        }

        if (message.Content is null && !problems.Touch($"{path}.content"))
        {
            problems.Add(new RequestProblem($"{path}.content", "is required"));
        }

        return new ChatTurn(role ?? "", message.Content ?? "");
    }
}
