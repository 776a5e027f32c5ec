using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>How many passes prompts wait for each other.</summary>
public sealed class PromptTurnsTests : IAsyncDisposable
{
    private const int Budget = 32;
    private const int Slice = 4;
    private const int Long = 480;

    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();

    private readonly TinyModel _model = new(new ReferenceBackend());
    private readonly Engine _engine;

    public PromptTurnsTests() => _engine = _model.Start(new EngineOptions { Pages = 256, PrefillChunk = Budget, PromptSlice = Slice });

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Short_prompts_behind_a_long_one_are_answered_by_the_next_pass()
    {
        (Task<long> prompt, Task<long[]> waited) = await _engine.TogetherAsync(() =>
        {
            Task<long> prompt = PassesAsync(TinyModel.Prompt(0, Long));
            return (prompt, FollowAsync(prompt, from: 2, count: 8, length: 20));
        });
        Assert.All(await waited, passes => Assert.Equal(1, passes));
        Assert.InRange(await prompt, 1, Long);
    }

    [Fact]
    public async Task A_long_prompt_has_whole_passes_until_others_come_and_slices_then()
    {
        List<long> rows = [];
        (Task<long> prompt, Task<bool> counted) = await _engine.TogetherAsync(() =>
        {
            Task<long> prompt = PassesAsync(TinyModel.Prompt(0, Long));
            return (prompt, _engine.RunAsync(session => CountAsync(session, prompt), s_anyone, CancellationToken.None));
        });
        Assert.False(await counted);
        Assert.All(rows[1..5], count => Assert.InRange(count, 1 + (Budget / 2), 1 + Budget));
        Assert.All(rows[6..], count => Assert.InRange(count, 2, 1 + Slice));
        await prompt;

        async ValueTask<bool> CountAsync(Session session, Task prompt)
        {
            Sequence clock = session.CreateSequence([1], []);
            for (int pass = 0; pass < 12; pass++)
            {
                long before = _engine.Loop.Counters.ForwardTokens;
                Task<long> other = pass == 5 ? WaitAsync(session, TinyModel.Prompt(1, 3)) : Task.FromResult(0L);
                await clock.NextAsync(s_rule);
                rows.Add(_engine.Loop.Counters.ForwardTokens - before);
                await other;
            }

            return prompt.IsCompleted;
        }
    }

    [Fact]
    public async Task A_long_prompt_gets_on_however_many_short_ones_come()
    {
        int others = 0;
        long passes = await _engine.RunAsync(
            async session =>
            {
                Task<long> prompt = WaitAsync(session, TinyModel.Prompt(0, Long));
                await Task.WhenAll(Enumerable.Range(1, 2).Select(i => CrowdAsync(session, i, prompt)));
                return await prompt;
            },
            s_anyone, CancellationToken.None);
        Assert.InRange(passes, Long / Budget, 2_000);
        Assert.True(others > passes, $"{passes} passes, {others} others");

        // Each pass could be filled by those that came last.
        async Task CrowdAsync(Session session, int index, Task prompt)
        {
            while (!prompt.IsCompleted)
            {
                await WaitAsync(session, TinyModel.Prompt(index + (2 * others++), Budget - 1));
            }
        }
    }

    [Fact]
    public async Task Equal_prompts_that_arrive_together_are_computed_once()
    {
        int[] shared = TinyModel.Prompt(0, 100);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => PassesAsync([.. shared, i, i, i])));
        Assert.Equal((96 + (6 * 7), 5 * 96), (_engine.Statistics.ForwardTokens, _engine.Statistics.ReusedTokens));
    }

    [Fact]
    public async Task One_who_waits_for_anothers_prompt_goes_on_alone_when_that_one_leaves()
    {
        using var connection = new CancellationTokenSource();
        int[] prompt = TinyModel.Prompt(0, Long);
        (Task<long> leaving, Task<long> other) = await _engine.TogetherAsync(
            () => (_engine.RunAsync(LeaveAsync, s_anyone, connection.Token), PassesAsync(prompt)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.InRange(await other, 1, Long);
        Assert.InRange(_engine.Statistics.ForwardTokens, Long, Long + 64);

        async ValueTask<long> LeaveAsync(Session session)
        {
            _ = StopAsync(session);
            await session.CreateSequence(prompt, []).NextAsync(s_rule);
            return 1;
        }

        async Task StopAsync(Session session)
        {
            for (int i = 0; i < 5; i++)
            {
                await session.CreateSequence([i], []).ComputeAsync();
            }

            await connection.CancelAsync();
        }
    }

    private Task<long> PassesAsync(int[] prompt) => _engine.RunAsync(
        session => new ValueTask<long>(WaitAsync(session, prompt)), s_anyone, CancellationToken.None);

    /// <summary>Starts short prompts while a long one is computed.</summary>
    private async Task<long[]> FollowAsync(Task<long> prompt, int from, int count, int length)
    {
        List<Task<long>> waits = [];
        await _engine.RunAsync(
            async session =>
            {
                Sequence clock = session.CreateSequence([1], []);
                for (int pass = 0; pass < from + count; pass++)
                {
                    await clock.NextAsync(s_rule);
                    if (pass >= from)
                    {
                        waits.Add(WaitAsync(session, TinyModel.Prompt(pass, length)));
                    }
                }

                Assert.False(prompt.IsCompleted);
                await Task.WhenAll(waits);
                return 1;
            },
            s_anyone, CancellationToken.None);
        return [.. waits.Select(wait => wait.Result)];
    }

    /// <returns>Passes from the wish to the first token.</returns>
    private async Task<long> WaitAsync(Session session, int[] tokens)
    {
        long first = _engine.Statistics.Passes;
        using Sequence sequence = session.CreateSequence(tokens, []);
        await sequence.NextAsync(s_rule);
        return _engine.Statistics.Passes - first;
    }
}
