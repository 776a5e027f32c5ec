namespace Alignment.Server.Errors;

/// <summary>The name of one request, which answers and the log have in common.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    private const int MaxLength = 128;

    public static string New() => $"req_{Guid.NewGuid():N}";

    /// <summary>
    /// The client's own id where it is short and of characters that mean nothing to a log, a shell or a page; else a new one.
    /// </summary>
    public static string From(string? given)
        => given is { Length: > 0 and <= MaxLength } && given.All(IsSafe) ? given : New();

    private static bool IsSafe(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':';
}
