namespace Alignment.Cli.Options;

/// <summary>What was asked for cannot be done; the message says why, in one line.</summary>
internal sealed class UserMistakeException(string message) : Exception(message);
