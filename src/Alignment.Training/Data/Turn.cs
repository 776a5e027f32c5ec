namespace Alignment.Training.Data;

/// <summary>One message of a conversation, or a plain text where there is no role.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>; null for plain text.</param>
/// <param name="Content">Text without control tokens.</param>
public sealed record Turn(string? Role, string Content)
{
    /// <summary>The role that instructs.</summary>
    public const string System = "system";

    /// <summary>The role that asks.</summary>
    public const string User = "user";

    /// <summary>The role that answers.</summary>
    public const string Assistant = "assistant";
}
