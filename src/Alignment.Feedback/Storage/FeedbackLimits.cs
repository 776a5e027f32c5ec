namespace Alignment.Feedback.Storage;

/// <summary>
/// How long what is stored stays, and how much of it there may be. What goes first: answers that nobody judged, then the oldest.
/// </summary>
/// <param name="Window">How long an answer can be judged; if nobody has by then, it goes.</param>
/// <param name="Retention">How long a judged answer stays.</param>
/// <param name="MaxCompletions">Most answers.</param>
/// <param name="MaxBytes">Most bytes of the file; its log, a few megabytes, comes on top.</param>
public sealed record FeedbackLimits(TimeSpan Window, TimeSpan Retention, int MaxCompletions, long MaxBytes);
