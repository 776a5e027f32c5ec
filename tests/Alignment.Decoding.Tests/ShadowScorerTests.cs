using System.Collections.Concurrent;
using Alignment.Decoding.Requests;
using Alignment.Decoding.Responses;
using Alignment.Inference;
using Alignment.Rewards;

namespace Alignment.Decoding.Tests;

public sealed class ShadowScorerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_request_is_charged_nothing_for_being_watched()
    {
        await using var plain = new TinyGenerator();
        await using var watched = new TinyGenerator(shadows: [new LengthReward("length")]);
        GenerationRequest request = Request() with { Choices = 2 };
        (List<GenerationEvent> events, ShadowReport report) = await RunAsync(watched, request);
        Assert.Equal(TinyGenerator.TextOf(await plain.RunAsync(request)), TinyGenerator.TextOf(events));
        Assert.Equal(
            (await plain.RunAsync(request with { CacheSalt = "other" })).OfType<UsageEvent>(),
            (await RunAsync(watched, request with { CacheSalt = "other" })).Events.OfType<UsageEvent>());
        ShadowScore score = Assert.Single(report.Scores);
        Assert.Equal(("length", (bool?)null), (score.Reward, score.SameBest));
        Assert.Equal([0, 1], score.Values.Select((value, i) => value == TinyGenerator.TextOf(events, i).Length ? i : -1));
    }

    [Fact]
    public async Task Every_request_is_reported_once_scored_or_skipped()
    {
        await using var watched = new TinyGenerator(shadows: [new LengthReward("length")]);
        ConcurrentQueue<ShadowReport> reports = [];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => watched.RunAsync(
            Request() with { Sampling = new SamplingSettings { Seed = (ulong)i }, Shadowed = reports.Enqueue })));
        await WaitAsync(() => reports.Count == 20);
        Assert.Contains(reports, report => report.Skipped is null);
        Assert.All(reports, report => Assert.True(report.Skipped is null or ShadowReport.Busy, report.Skipped));
        Assert.All(reports, report => Assert.Equal(report.Skipped is null ? 1 : 0, report.Scores.Count));
        await watched.Engine.CheckIntegrityAsync();
    }

    [Fact]
    public async Task What_has_no_room_behind_it_is_skipped()
    {
        var options = new EngineOptions { Pages = 64, MaxModelLength = 16 };
        await using var watched = new TinyGenerator(options, shadows: [new LengthReward("length")]);
        GenerationRequest request = Request() with { MaxTokens = 13, Sampling = new SamplingSettings { IgnoreEos = true } };
        (_, ShadowReport report) = await RunAsync(watched, request);
        Assert.Equal((ShadowReport.NoRoom, 0), (report.Skipped, report.Scores.Count));
    }

    [Fact]
    public async Task A_shadow_that_fails_is_counted_and_nothing_else()
    {
        await using var watched = new TinyGenerator(shadows: [new FailingReward()]);
        (List<GenerationEvent> events, ShadowReport report) = await RunAsync(watched, Request());
        Assert.Single(events.OfType<UsageEvent>());
        Assert.Equal(ShadowReport.Failed, report.Skipped);
        Assert.True(watched.Generator.Healthy);
        (_, report) = await RunAsync(watched, Request());
        Assert.Equal(ShadowReport.Failed, report.Skipped);
    }

    [Fact]
    public async Task What_the_prefix_cache_has_is_not_computed_again()
    {
        await using var watched = new TinyGenerator(shadows: [new HiddenReward()]);
        for (int length = 20; length < 40; length++)
        {
            GenerationRequest request = Request() with { MaxTokens = length, Sampling = new SamplingSettings { IgnoreEos = true } };
            (_, ShadowReport report) = await RunAsync(watched, request with { CacheSalt = $"{length}" });
            Assert.Null(report.Skipped);
            Assert.InRange(report.ForwardTokens, 1, 17);
        }
    }

    [Fact]
    public async Task Nobody_who_wants_no_report_is_watched()
    {
        await using var watched = new TinyGenerator(shadows: [new LengthReward("length")]);
        await watched.RunAsync(Request());
        long before = watched.Engine.Statistics.Completed;
        await watched.RunAsync(Request());
        Assert.Equal(before + 1, watched.Engine.Statistics.Completed);
    }

    private static GenerationRequest Request() => new()
    {
        Prompt = new TokenPrompt([72, 105, 33]),
        MaxTokens = 12,
        Sampling = new SamplingSettings { Seed = 4 },
    };

    private static async Task<(List<GenerationEvent> Events, ShadowReport Report)> RunAsync(TinyGenerator tiny, GenerationRequest request)
    {
        var report = new TaskCompletionSource<ShadowReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        List<GenerationEvent> events = await tiny.RunAsync(request with { Shadowed = report.SetResult });
        return (events, await report.Task.WaitAsync(s_patience));
    }

    private static async Task WaitAsync(Func<bool> isDone)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!isDone())
        {
            await Task.Delay(10, patience.Token);
        }
    }

    /// <summary>Says how many characters a response has.</summary>
    private sealed class LengthReward(string name) : IReward
    {
        public string Name => name;

        public Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts)
            => Task.FromResult(drafts.Select(draft => new RewardScore(draft.Text.Length)).ToArray());
    }

    private sealed class HiddenReward : IReward
    {
        public string Name => "hidden";

        public async Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts)
        {
            float[][] hidden = await Task.WhenAll(drafts.Select(draft => draft.HiddenAtEndAsync()));
            return [.. hidden.Select(state => new RewardScore(state[0]))];
        }
    }

    private sealed class FailingReward : IReward
    {
        public string Name => "failing";

        public Task<RewardScore[]> ScoreAsync(IReadOnlyList<RewardDraft> drafts) => throw new InvalidOperationException("it fails");
    }
}
