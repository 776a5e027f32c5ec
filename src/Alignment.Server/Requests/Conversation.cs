using Alignment.Decoding;
using Alignment.Decoding.Settings;
using Alignment.Decoding.Text;
using Alignment.Server.Contracts.Chat;

namespace Alignment.Server.Requests;

/// <summary>Messages as clients write them, to turns as chat templates know them.</summary>
internal static class Conversation
{
    /// <summary>Name of the field.</summary>
    public const string Field = "messages";

    public static ChatPrompt Bind(IReadOnlyList<ChatMessageBody?>? messages, ProblemCollection problems)
    {
        if (messages is null || !RequestRanges.MessageCount.Contains(messages.Count))
        {
            if (!problems.Touch(Field))
            {
                problems.Add(new RequestProblem(Field, $"is required: the number of messages must be {RequestRanges.MessageCount}"));
            }

            return new ChatPrompt([]);
        }

        return new ChatPrompt([.. messages.Select((message, i) => Turn(message, $"{Field}[{i}]", problems))]);
    }

    private static ChatTurn Turn(ChatMessageBody? message, string path, ProblemCollection problems)
    {
        string? role = message?.Role switch
        {
            "system" or "developer" => "system",
            "user" => "user",
            "assistant" => "assistant",
            _ => null,
        };
        if (role is null)
        {
            problems.Add(new RequestProblem($"{path}.role", "must be system, developer, user or assistant"));
        }

        if (message?.Content is null)
        {
            problems.Add(new RequestProblem($"{path}.content", "is required"));
        }

        return new ChatTurn(role ?? "", message?.Content ?? "");
    }
}
