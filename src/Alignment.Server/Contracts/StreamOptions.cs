namespace Alignment.Server.Contracts;

/// <summary>How an answer is streamed.</summary>
/// <param name="IncludeUsage">End the stream with a chunk that has the usage and no choices.</param>
internal sealed record StreamOptions(bool? IncludeUsage);
