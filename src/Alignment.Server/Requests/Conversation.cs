using Alignment.Decoding;
using Alignment.Decoding.Text;
using Alignment.Server.Contracts.Chat;

namespace Alignment.Server.Requests;

/// <summary>Messages as clients write them, to turns as chat templates know them.</summary>
internal static class Conversation
{
    private const int MaxMessages = 2048;

    public static ChatPrompt Bind(IReadOnlyList<ChatMessageBody?>? messages, ProblemCollection problems)
    {
        if (messages is null || messages.Count is 0 or > MaxMessages)
        {
            problems.Add(new RequestProblem("messages", $"is required: 1 to {MaxMessages} messages"));
            return new ChatPrompt([]);
        }

        return new ChatPrompt([.. messages.Select((message, i) => Turn(message, $"messages[{i}]", problems))]);
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
