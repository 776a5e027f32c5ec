using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Contract.Random;
using Alignment.Compute.Cpu;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>Who loses pages when there are too few.</summary>
public sealed class PreemptionTests : IAsyncDisposable
{
    private const int Pages = 64;
    private const int Chunk = 4;
    private const int Prompt = 30;
    private const int Tokens = 60;

    private static readonly NextTokenRule s_rule = new();

    private readonly TinyModel _model = new(CpuBackend.Create(threads: 1), maxRows: 128, maxOutputs: 64);
    private readonly Engine _engine;

    public PreemptionTests() => _engine = _model.Start(new EngineOptions { Pages = Pages, PrefillChunk = Chunk });

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    /// <summary>
    /// Computing a prompt again takes more passes than it may wait: one, in which those who are planned already keep their pages. Kinds of
    /// guides are those of <see cref="InvarianceSubjects"/>.
    /// </summary>
    [Theory]
    [InlineData(1, 6, 0, 1), InlineData(3, 4, 0, 1), InlineData(3, 4, 0, 3), InlineData(2, 2, 1, 2), InlineData(3, 2, 2, 1)]
    [InlineData(3, 2, 5, 1)]
    public async Task Who_takes_what_was_set_aside_loses_nothing_to_older_ones_who_take_more(int older, int candidates, int kind, int own)
    {
        int pages = (int)CacheSize.PagesFor(Prefixes(kind), own, Tokens);
        (Task<long[]>[] greedy, Task<long[]> within) = await _engine.TogetherAsync(() => (
            Enumerable.Range(1, older).Select(i => SearchAsync(i, kind, candidates, 3 * Tokens, pages: i)).ToArray(),
            SearchAsync(0, kind, own, Tokens, pages)));
        Assert.All(await within, passes => Assert.InRange(passes, 1, 2));
        await Task.WhenAll(greedy);
        Assert.True(_engine.Statistics.Preemptions > 0);
    }

    /// <summary>
    /// Three quarters of what they all need at once. The younger ones stop where they would take what the older ones may come to need.
    /// </summary>
    [Fact]
    public async Task Who_outgrows_what_was_set_aside_waits_with_little_instead_of_losing_much()
    {
        const int Searches = 6, Candidates = 4, Long = 120;
        int all = Searches * (int)CacheSize.PagesFor([Prompt], Candidates, Long);
        Engine engine = _model.Start(new EngineOptions { Pages = 3 * all / 4 });
        int setAside = (int)CacheSize.PagesFor([Prompt], Candidates, 40);
        long[][] passes = await Task.WhenAll(await engine.TogetherAsync(
            () => Enumerable.Range(0, Searches).Select(i => SearchAsync(engine, i, 0, Candidates, Long, setAside)).ToArray()));
        EngineStatistics statistics = engine.Statistics;
        Assert.InRange(statistics.RecomputedTokens, 0, statistics.ForwardTokens / 20);
        Assert.All(passes[0], waited => Assert.InRange(waited, 1, 2));
        Assert.Equal(Searches, statistics.Completed - 1);
    }

    [Fact]
    public async Task Of_two_who_take_more_the_younger_one_loses()
    {
        (Task<long[]> first, Task<long[]> second) = await _engine.TogetherAsync(() => (
            SearchAsync(0, 0, 4, 3 * Tokens, pages: 0), SearchAsync(1, 0, 4, 3 * Tokens, pages: 8)));
        Assert.All(await first, passes => Assert.InRange(passes, 1, 2));
        Assert.Contains(await second, passes => passes > 2);
    }

    /// <summary>Who takes more than was set aside waits, and is not told that it needs more than there is.</summary>
    [Fact]
    public async Task A_program_that_is_elsewhere_keeps_what_was_set_aside()
    {
        var elsewhere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int needed = (int)CacheSize.PagesFor([Prompt], 1, Tokens);
        Engine engine = _model.Start(new EngineOptions { Pages = needed + 4 });
        Task<int> holds = engine.RunAsync(
            async session =>
            {
                Sequence sequence = session.CreateSequence(TinyModel.Prompt(0, Prompt + Tokens), []);
                await sequence.NextAsync(s_rule);
                await elsewhere.Task;
                return sequence.Paths[0].PageCount;
            },
            new SessionOptions { MaxPages = needed }, CancellationToken.None);
        Task<int> greedy = engine.RunAsync(
            async session =>
            {
                Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), []);
                for (int i = 0; i < Tokens; i++)
                {
                    if (sequence.Length == 4 * 16)
                    {
                        // What comes next needs a fifth page.
                        _ = Task.Delay(200, CancellationToken.None).ContinueWith(_ => elsewhere.SetResult(), TaskScheduler.Default);
                    }

                    await sequence.NextAsync(s_rule);
                }

                return sequence.Length;
            },
            new SessionOptions(), CancellationToken.None);
        Assert.Equal(needed, await holds.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(20 + Tokens, await greedy.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    /// <summary>
    /// Whatever they said, all of them end: a few pages, sessions that say nothing, too little, what they need or more, in one lane or two.
    /// </summary>
    [Fact]
    public async Task Nobody_waits_for_ever_for_pages()
    {
        const int Rounds = 150, Most = 5, Few = 8;
        Engine engine = _model.Start(new EngineOptions { Pages = Few, PrefillChunk = Chunk });
        for (int round = 0; round < Rounds; round++)
        {
            int seed = round;
            Task<int[]> all = Task.WhenAll(await engine.TogetherAsync(() => Enumerable.Range(0, 2 + (seed % (Most - 1)))
                .Select(i => RunAsync(engine, i, Random(seed, i, 8), 1 + Random(seed, i + 50, 64), Random(seed, i + 100, 3) * 5))
                .ToArray()));
            Assert.True(
                await Task.WhenAny(all, Task.Delay(TimeSpan.FromMinutes(1))) == all,
                $"round {round}: {engine.Statistics.WaitingSequences} wait in {engine.Statistics.Running} sessions");
            await all;
            await engine.CheckIntegrityAsync();
        }

        static int Random(int seed, int index, int below) => (int)(below * Philox.Uniform(77, (ulong)seed, (ulong)index));
    }

    /// <summary>Who holds exactly what was set aside and wants one page more, beside an older one that takes what it finds.</summary>
    [Theory]
    [InlineData(0, 8), InlineData(3, 8), InlineData(4, 8), InlineData(5, 8)]
    public async Task Who_needs_one_page_more_than_was_set_aside_waits_for_an_end(int pages, int all)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = all });
        (Task<int> first, Task<int> second) = await engine.TogetherAsync(
            () => (RunAsync(engine, 0, 0, Tokens, 0), RunAsync(engine, 1, pages, Tokens, 0)));
        await Task.WhenAll(first, second).WaitAsync(TimeSpan.FromMinutes(1));
    }

    private Task<int> RunAsync(Engine engine, int index, int pages, int tokens, int kind) => engine.RunAsync(
        async session =>
        {
            Sequence sequence = session.CreateSequence(
                TinyModel.Prompt(index, 20), kind == 0 ? [] : [new ModelGuide("other", _model.Other, kind)]);
            for (int i = 0; i < tokens; i++)
            {
                await sequence.NextAsync(s_rule);
            }

            return sequence.Length;
        },
        new SessionOptions { MaxPages = pages }, CancellationToken.None);

    private static int[] Prefixes(int kind) => kind switch
    {
        // With a model in a lane of its own, whose pages are set aside by the same number.
        1 or 5 => [Prompt, Prompt],
        2 => [Prompt, 21],
        _ => [Prompt],
    };

    /// <returns>Passes that each token of each candidate took, but for the first of each.</returns>
    private Task<long[]> SearchAsync(int index, int kind, int candidates, int tokens, int pages)
        => SearchAsync(_engine, index, kind, candidates, tokens, pages);

    private Task<long[]> SearchAsync(Engine engine, int index, int kind, int candidates, int tokens, int pages) => engine.RunAsync(
        async session =>
        {
            Sequence root = session.CreateSequence(TinyModel.Prompt(index, Prompt), InvarianceSubjects.Guides(_model, kind));
            await root.ComputeAsync();
            Sequence[] all = [root, .. Enumerable.Range(1, candidates - 1).Select(i => root.Fork(i))];
            long[][] passes = await Task.WhenAll(all.Select(sequence => DrawAsync(engine, sequence, tokens)));
            return passes.SelectMany(waits => waits).ToArray();
        },
        new SessionOptions { MaxPages = pages }, CancellationToken.None);

    private static async Task<long[]> DrawAsync(Engine engine, Sequence sequence, int tokens)
    {
        long[] passes = new long[tokens];
        for (int i = 0; i < tokens; i++)
        {
            long before = engine.Statistics.Passes;
            await sequence.NextAsync(s_rule);
            passes[i] = engine.Statistics.Passes - before;
        }

        return passes[1..];
    }
}
