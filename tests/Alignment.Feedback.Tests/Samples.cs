using Alignment.Feedback.Records;
using Alignment.Feedback.Storage;

namespace Alignment.Feedback.Tests;

/// <summary>Answers and feedback, with what a test does not care about filled in.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static readonly FeedbackLimits Roomy = new(TimeSpan.FromDays(1), TimeSpan.FromDays(90), 100_000, 1 << 30);

    public static CompletionRecord Completion(
        string id, string tenant = "a", string model = "tiny", DateTimeOffset? created = null, params string[] choices) => new()
        {
            Id = id,
            Tenant = tenant,
            Model = model,
            Settings = "0011",
            Created = created ?? Noon,
            Messages = [new MessageRecord("system", "Be kind."), new MessageRecord("user", $"Question of {id}?")],
            Choices = choices.Length > 0 ? choices : [$"Answer of {id}."],
        };

    public static FeedbackRecord Thumb(string id, bool isGood, int? index = null, string tenant = "a")
        => new() { CompletionId = id, Tenant = tenant, Created = Noon, IsGood = isGood, Index = index };

    public static FeedbackRecord Ranking(string id, params int[] ranking)
        => new() { CompletionId = id, Tenant = "a", Created = Noon, Ranking = ranking };

    public static FeedbackRecord Correction(string id, string text, int? index = null)
        => new() { CompletionId = id, Tenant = "a", Created = Noon, Correction = text, Index = index };

    public static FeedbackOutcome Put(this FeedbackDatabase database, FeedbackRecord feedback)
        => database.Together(() => database.Add(feedback));

    public static void Put(this FeedbackDatabase database, params CompletionRecord[] completions)
        => database.Together(() =>
        {
            Array.ForEach(completions, database.Add);
            return true;
        });

    public static string[] Judged(this FeedbackDatabase database, FeedbackSelection? selection = null)
        => [.. database.ReadJudged(selection ?? FeedbackSelection.All).Select(judged => judged.Completion.Id)];
}
