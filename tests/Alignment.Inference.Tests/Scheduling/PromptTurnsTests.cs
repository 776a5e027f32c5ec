using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Cpu;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>How many passes prompts wait for each other.</summary>
public sealed class PromptTurnsTests : IAsyncDisposable
{
    private const int Budget = 32;
    private const int Slice = 4;
    private const int Long = 480;

    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();

    private readonly TinyModel _model = new(CpuBackend.Create(threads: 1));
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
        Assert.All(rows[1..4].Zip(rows[2..5]), pair => Assert.InRange(pair.Second, 1 + (2 * Slice), pair.First));
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
        Assert.InRange(passes, Long / Budget, 5 * Long);
        Assert.True(others > passes / 2, $"{passes} passes, {others} others");

        // Each pass could be filled by those that came last.
        async Task CrowdAsync(Session session, int index, Task prompt)
        {
            while (!prompt.IsCompleted)
            {
                await WaitAsync(session, TinyModel.Prompt(index + (2 * others++), Budget - 8));
            }
        }
    }

    [Fact]
    public async Task One_that_nothing_else_waits_for_has_all_rows_of_its_passes()
    {
        long passes = await PassesAsync(TinyModel.Prompt(0, 96));
        Assert.Equal(96 / Budget, passes);
    }

    [Fact]
    public async Task A_slice_is_given_up_for_somebody_who_comes_and_costs_nobody_anything()
    {
        (long passes, long rows) before = (-1, -1);
        long spent = await _engine.RunAsync(
            async session =>
            {
                Task<long> prompt = WaitAsync(session, TinyModel.Prompt(0, 100));
                Task<int> other = _engine.RunAsync(
                    _ =>
                    {
                        before = (_engine.Statistics.Passes, _engine.Statistics.ForwardTokens);
                        return ValueTask.FromResult(0);
                    },
                    s_anyone, CancellationToken.None);
                await prompt;
                await other;
                return session.ForwardTokens;
            },
            s_anyone, CancellationToken.None);
        Assert.Equal((0, 0), before);
        Assert.Equal(1, _engine.Statistics.PassesGivenUp);
        Assert.Equal((100, 100), (spent, _engine.Statistics.ForwardTokens));
    }

    /// <summary>Messages that nobody's wait depends on: checks, one who leaves, one who has to wait for a place anyway.</summary>
    [Theory]
    [InlineData("check"), InlineData("cancellation"), InlineData("full")]
    public async Task A_slice_is_given_up_for_nobody_who_would_not_wait_for_it(string message)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 256, PrefillChunk = Budget, PromptSlice = Slice, MaxSessions = 2 });
        using var leaving = new CancellationTokenSource();
        TaskCompletionSource<bool> never = new();
        Task<bool> other = engine.RunAsync(_ => new ValueTask<bool>(never.Task), s_anyone, leaving.Token);
        List<Task> posted = [];
        await engine.RunAsync(
            async session =>
            {
                Task<TokenChoice> prompt = session.CreateSequence(TinyModel.Prompt(0, 100), []).NextAsync(s_rule).AsTask();
                Post();
                return await prompt;
            },
            s_anyone, CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        await Task.WhenAll(posted);
        Assert.Equal(0, engine.Statistics.PassesGivenUp);

        // On the engine's thread, so that the pass finds the message.
        void Post()
        {
            switch (message)
            {
                case "check":
                    engine.Loop.Mailbox.TryPost(engine.Loop.CheckNews);
                    break;
                case "cancellation":
                    leaving.Cancel();
                    break;
                default:
                    posted.Add(engine.RunAsync(_ => ValueTask.FromResult(0), s_anyone, CancellationToken.None));
                    break;
            }
        }
    }

    /// <summary>At the beginning of a context a row of the other model costs about half of one of the first's.</summary>
    [Fact]
    public async Task A_slice_of_a_smaller_models_prompt_has_more_rows()
    {
        (long first, long other) = (await SliceAsync(null), await SliceAsync(_model.Other));
        Assert.InRange(first, 1, Slice);
        Assert.InRange(other, first + 2, 3 * first);

        // Others come, so that a long prompt has slices.
        Task<long> SliceAsync(Transformer? model) => _engine.RunAsync(
            async session =>
            {
                await Task.WhenAll(WaitAsync(session, TinyModel.Prompt(1, 3)), WaitAsync(session, TinyModel.Prompt(2, 4)));
                Task<TokenChoice> prompt = session.CreateSequence(TinyModel.Prompt(0, Long), [], model: model).NextAsync(s_rule).AsTask();
                Sequence clock = session.CreateSequence([1], []);
                long before = _engine.Loop.Counters.ForwardTokens;
                await clock.NextAsync(s_rule);
                long rows = _engine.Loop.Counters.ForwardTokens - before - 1;
                await prompt;
                return rows;
            },
            new SessionOptions { CacheSalt = "own" }, CancellationToken.None);
    }

    /// <summary>24 rows of the other model cost less than 20 of the first's, and no pass can pay for all of both.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task The_cheapest_prompt_comes_first_by_the_price_of_its_own_model(bool scored)
    {
        await using TinyModel model = new(CpuBackend.Create(threads: 1), maxRows: 64, maxOutputs: 64);
        Engine engine = model.Start(new EngineOptions { Pages = 256, PrefillChunk = Budget, PromptSlice = Slice });
        long[] passes = await engine.RunAsync(
            session => new ValueTask<long[]>(Task.WhenAll(
                PassesAsync(session.CreateSequence(TinyModel.Prompt(0, 20), [])),
                PassesAsync(session.CreateSequence(TinyModel.Prompt(1, 24), [], model: model.Other)))),
            s_anyone, CancellationToken.None);
        Assert.Equal([2, 1], passes);

        async Task<long> PassesAsync(Sequence sequence)
        {
            await (scored ? sequence.ScoreAsync(1, new float[sequence.Length - 1]).AsTask() : sequence.NextAsync(s_rule).AsTask());
            return engine.Statistics.Passes;
        }
    }

    /// <summary>At position 360 a row costs twelve times as much as at the beginning: two outputs of both paths are one budget.</summary>
    [Fact]
    public async Task Guided_scores_are_priced_by_the_rows_of_every_path()
    {
        List<long> rows = [];
        await _engine.RunAsync(
            async session =>
            {
                PromptGuide contrast = new("contrast", TinyModel.Prompt(1, 400), -1);
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, 41), [contrast]);
                await sequence.NextAsync(s_rule);
                Sequence clock = session.CreateSequence([1], []);
                Task scored = sequence.ScoreAsync(1, new float[41], rule: s_rule).AsTask();
                while (!scored.IsCompleted)
                {
                    long before = _engine.Loop.Counters.ForwardTokens;
                    await clock.NextAsync(s_rule);
                    rows.Add(_engine.Loop.Counters.ForwardTokens - before);
                }

                return 1;
            },
            s_anyone, CancellationToken.None);
        Assert.All(rows[..20], count => Assert.Equal(1 + (2 * 2), count));
    }

    /// <summary>A pass that answered somebody in between is no turn of the long prompt alone.</summary>
    [Fact]
    public async Task A_slice_is_not_given_up_again_before_one_was_finished()
    {
        long givenUp = await _engine.RunAsync(
            async session =>
            {
                Sequence clock = session.CreateSequence([1], []);
                Task<long> prompt = WaitAsync(session, TinyModel.Prompt(0, Long));
                await Task.Yield();
                Assert.Equal(1, _engine.Loop.Counters.PassesGivenUp);
                await clock.NextAsync(s_rule);

                // The first is read before the pass, which finds the second.
                await Task.Yield();
                await Task.Yield();
                long passes = _engine.Loop.Counters.PassesGivenUp;
                Assert.False(prompt.IsCompleted);
                await prompt;
                return passes;
            },
            s_anyone, CancellationToken.None);
        Assert.Equal(1, givenUp);
    }

    [Fact]
    public async Task A_long_prompt_gets_on_however_often_somebody_comes()
    {
        int returns = 0;
        Task<long> passes = _engine.RunAsync(
            async session =>
            {
                Task<long> prompt = WaitAsync(session, TinyModel.Prompt(0, Long));
                while (!prompt.IsCompleted)
                {
                    // Posts to the engine, so that every pass finds a message.
                    await Task.Yield();
                    returns++;
                }

                return await prompt;
            },
            s_anyone, CancellationToken.None);
        Assert.InRange(await passes.WaitAsync(TimeSpan.FromMinutes(1)), Long / Budget, Long);
        Assert.InRange(returns, 2 * (await passes - 1), (2 * await passes) + 2);
    }

    /// <summary>Each comes when another one is answered; one in fifty is long.</summary>
    [Fact]
    public async Task Of_ten_thousand_prompts_of_random_length_none_waits_long()
    {
        const int Prompts = 10_000, Together = 8, Short = 15;
        var random = new Random(1);
        List<long> shorts = [], longs = [];
        int sent = 0;
        await _engine.RunAsync(
            async session =>
            {
                await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => SendAsync(session)));
                return 1;
            },
            s_anyone, CancellationToken.None);
        Assert.Equal(Prompts, shorts.Count + longs.Count);
        Assert.InRange(longs.Count, Prompts / 100, Prompts / 25);
        Assert.InRange(shorts.Max(), 1, 2 * Together);
        Assert.InRange(longs.Max(), 1, 3 * Long);

        async Task SendAsync(Session session)
        {
            while (sent < Prompts)
            {
                int length = random.Next(50) == 0 ? random.Next(Budget, Long / 2) : random.Next(1, Short);
                long passes = await WaitAsync(session, [sent % 256, sent / 256, .. TinyModel.Prompt(sent++, length)]);
                (length < Short ? shorts : longs).Add(passes);
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
    public async Task Equal_prompts_are_computed_once_on_the_paths_of_their_guides_too()
    {
        Guide[] guides = [new AdapterGuide(_model.Adapter, 0.5f), new PromptGuide("contrast", TinyModel.Prompt(9, 70), -0.5f)];
        int[] shared = TinyModel.Prompt(0, 100);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => PassesAsync([.. shared, i, i, i], guides)));
        Assert.Equal(5 * (96 + 96 + 64), _engine.Statistics.ReusedTokens);
        Assert.Equal((96 + 96 + 64) + (6 * (7 + 7 + 6)), _engine.Statistics.ForwardTokens);
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

            Leave();
        }

        // At once, and not when another thread gets round to it.
        void Leave() => connection.Cancel();
    }

    private Task<long> PassesAsync(int[] prompt, params Guide[] guides) => _engine.RunAsync(
        session => new ValueTask<long>(WaitAsync(session, prompt, guides)), s_anyone, CancellationToken.None);

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
    private async Task<long> WaitAsync(Session session, int[] tokens, params Guide[] guides)
    {
        long first = _engine.Statistics.Passes;
        using Sequence sequence = session.CreateSequence(tokens, guides);
        await sequence.NextAsync(s_rule);
        return _engine.Statistics.Passes - first;
    }
}
