namespace Alignment.Feedback.Records;

/// <summary>An answer with all that was said of it, the oldest first.</summary>
/// <param name="Completion">The answer.</param>
/// <param name="Feedback">At least one.</param>
public sealed record JudgedCompletion(CompletionRecord Completion, IReadOnlyList<FeedbackRecord> Feedback);
