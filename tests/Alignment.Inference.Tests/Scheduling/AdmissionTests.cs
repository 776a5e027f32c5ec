using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>First come, first served.</summary>
public sealed class AdmissionTests : IAsyncDisposable
{
    private const int Sessions = 300;

    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    private readonly TinyModel _model = new(new ReferenceBackend());

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Sessions_start_in_the_order_in_which_they_came(int atOnce)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64, MaxSessions = atOnce, QueueLength = Sessions });
        List<int> started = [];
        List<Task> requests = [];
        for (int i = 0; i < Sessions; i++)
        {
            // Now and then they come in crowds, else while others end.
            int index = i;
            requests.Add(engine.RunAsync(session => ShortAsync(session, index, started), s_anyone, CancellationToken.None));
            if (i % 50 == 0)
            {
                await requests[i / 2].WaitAsync(s_late);
            }
        }

        await Task.WhenAll(requests).WaitAsync(s_late);
        Assert.Equal(Enumerable.Range(0, Sessions), started);
    }

    /// <summary>
    /// 10,000 sessions of any need: those of each kind start in the order in which they came, no more is promised than there is, and
    /// whoever passes by one that waits for many takes what is kept for that.
    /// </summary>
    [Fact]
    public async Task Of_ten_thousand_random_arrivals_none_overtakes_what_it_may_not()
    {
        const int Arrivals = 10_000, Pages = 128, Share = Pages / 8, Few = Share / 4;
        Engine engine = _model.Start(new EngineOptions { Pages = Pages, MaxSessions = 200, QueueLength = Arrivals });
        var random = new Random(3);
        List<int> few = [], many = [];
        (int fewPages, int manyPages, int overtaking, int fewCame, int manyCame) = (0, 0, 0, 0, 0);
        int[] needs = [.. Enumerable.Range(0, Arrivals).Select(_ => random.Next(4) == 0 ? random.Next(Few + 1, 80) : random.Next(Few + 1))];
        List<int> manyAll = [.. Enumerable.Range(0, Arrivals).Where(i => needs[i] > Few)];
        for (int from = 0; from < Arrivals; from += 500)
        {
            Task<int>[] crowd = await engine.TogetherAsync(() => Enumerable.Range(from, 500).Select(Send).ToArray());
            await Task.WhenAll(crowd).WaitAsync(s_late);
        }

        Assert.Equal((Arrivals - manyAll.Count, manyAll.Count), (fewCame, manyCame));
        Assert.Equal(few.Order(), few);
        Assert.Equal(manyAll, many);
        Assert.True(overtaking > 100);

        Task<int> Send(int index) => engine.RunAsync(
            async session =>
            {
                bool isFew = needs[index] <= Few;
                (isFew ? few : many).Add(index);
                (fewPages, manyPages) = (fewPages + (isFew ? needs[index] : 0), manyPages + (isFew ? 0 : needs[index]));
                Assert.InRange(fewPages + manyPages, 0, Pages);
                if (isFew && manyCame < manyAll.Count && many.Count < manyAll.Count && manyAll[many.Count] < index)
                {
                    overtaking++;
                    Assert.InRange(fewPages, 0, Share);
                }

                Sequence sequence = session.CreateSequence([index % 256], []);
                for (int tokens = index % 3; tokens > 0; tokens--)
                {
                    await sequence.NextAsync(s_rule);
                }

                (fewPages, manyPages) = (fewPages - (isFew ? needs[index] : 0), manyPages - (isFew ? 0 : needs[index]));
                (fewCame, manyCame) = (fewCame + (isFew ? 1 : 0), manyCame + (isFew ? 0 : 1));
                return index;
            },
            new SessionOptions { MaxPages = needs[index] }, CancellationToken.None);
    }

    [Fact]
    public async Task Programs_that_fail_are_counted_apart_from_those_that_return()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 8 });
        await engine.RunAsync(_ => ValueTask.FromResult(0), s_anyone, CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.RunAsync<int>(_ => throw new InvalidOperationException(), s_anyone, CancellationToken.None));
        await Assert.ThrowsAsync<MethodFaultException>(() => engine.RunAsync(
            session => session.CreateSequence(TinyModel.Prompt(0, 8 * 16), []).NextAsync(s_rule), s_anyone, CancellationToken.None));
        Assert.Equal((1, 2, 0), (engine.Statistics.Completed, engine.Statistics.Failed, engine.Statistics.Cancelled));
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_makes_room_in_it()
    {
        using var gate = new Gate();
        Engine engine = _model.Start(new EngineOptions { Pages = 64, MaxSessions = 1, QueueLength = 1 });
        Task first = engine.RunAsync(
            session => session.CreateSequence([1], [new HeadGuide(gate, 1)]).NextAsync(s_rule), s_anyone, CancellationToken.None);
        gate.WaitUntilReached();
        using var connection = new CancellationTokenSource();
        List<int> started = [];
        Task leaving = engine.RunAsync(session => ShortAsync(session, 1, started), s_anyone, connection.Token);
        await Assert.ThrowsAsync<EngineOverloadedException>(
            () => engine.RunAsync(session => ShortAsync(session, 2, started), s_anyone, CancellationToken.None));
        await connection.CancelAsync();
        gate.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(s_late));
        await engine.RunAsync(session => ShortAsync(session, 3, started), s_anyone, CancellationToken.None).WaitAsync(s_late);
        await first;
        Assert.Equal([3], started);
        Assert.Equal((1, 1, 2), (engine.Statistics.Refused, engine.Statistics.Cancelled, engine.Statistics.Completed));
    }

    [Fact]
    public async Task Sessions_whose_pages_are_promised_lose_none_and_small_ones_pass_by()
    {
        const int Clients = 8, Candidates = 8, Tokens = 60;
        Engine engine = _model.Start(new EngineOptions { Pages = 128, MaxSessions = 16 });
        int[] need = [(int)CacheSize.PagesFor([20], Candidates, Tokens), (int)CacheSize.PagesFor([20], 1, 4)];
        List<string> ended = [];
        Task[] large =
        [
            .. Enumerable.Range(0, Clients).Select(i => SearchAsync(engine, i, Candidates, Tokens, need[0], () => ended.Add($"large {i}"))),
        ];
        await SearchAsync(engine, Clients, 1, 4, need[1], () => ended.Add("small"));
        await Task.WhenAll(large);
        Assert.Equal("small", ended[0]);
        Assert.Equal(Enumerable.Range(0, Clients).Select(i => $"large {i}"), ended.Skip(1));
        EngineStatistics statistics = engine.Statistics;
        Assert.Equal((0, 0), (statistics.Preemptions, statistics.RecomputedTokens));
    }

    /// <summary>128 pages: those of up to 4 are few, with 16 to themselves.</summary>
    [Theory]
    [InlineData(1, 128)]
    [InlineData(4, 32)]
    [InlineData(5, 22)]
    [InlineData(16, 7)]
    public async Task As_many_run_at_once_as_the_cache_has_pages_for(int pages, int atOnce)
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 128, MaxSessions = 200, QueueLength = 200 });
        int running = 0;
        int most = 0;
        var options = new SessionOptions { MaxPages = pages };
        Task<int>[] all = await engine.TogetherAsync(
            () => Enumerable.Range(0, 150).Select(i => engine.RunAsync(RunAsync, options, CancellationToken.None)).ToArray());
        await Task.WhenAll(all);
        Assert.Equal(atOnce, most);

        async ValueTask<int> RunAsync(Session session)
        {
            most = Math.Max(most, ++running);
            await DrawAsync(session.CreateSequence([1], []), 4);
            return --running;
        }
    }

    [Fact]
    public async Task What_is_computed_again_after_a_preemption_is_nobodys_expense()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64, MaxSessions = 16 });
        const int Candidates = 8, Tokens = 60;
        long[] spent = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(i => SearchAsync(engine, i, Candidates, Tokens, pages: 0, () => { })));
        Assert.All(spent, rows => Assert.Equal(20 + Candidates + (Candidates * (Tokens - 1)), rows));
        Assert.True(engine.Statistics.Preemptions > 0);
        Assert.Equal(engine.Statistics.ForwardTokens - engine.Statistics.RecomputedTokens, spent.Sum());
    }

    [Fact]
    public async Task One_that_needs_more_than_can_be_promised_runs_when_no_other_is()
    {
        Engine engine = _model.Start(new EngineOptions { Pages = 64 });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => SearchAsync(engine, i, 8, 30, pages: 64, () => { })));
        Assert.Equal((0, 3), (engine.Statistics.Preemptions, (int)engine.Statistics.Completed));
    }

    /// <returns>Tokens computed for it.</returns>
    private static Task<long> SearchAsync(Engine engine, int index, int candidates, int tokens, int pages, Action ended) => engine.RunAsync(
        async session =>
        {
            Sequence root = session.CreateSequence(TinyModel.Prompt(index, 20), []);
            await root.ComputeAsync();
            Sequence[] all = [root, .. Enumerable.Range(1, candidates - 1).Select(i => root.Fork(i))];
            await Task.WhenAll(all.Select(sequence => DrawAsync(sequence, tokens)));
            ended();
            return session.ForwardTokens;
        },
        new SessionOptions { MaxPages = pages }, CancellationToken.None);

    private static async Task DrawAsync(Sequence sequence, int tokens)
    {
        for (int i = 0; i < tokens; i++)
        {
            await sequence.NextAsync(s_rule);
        }
    }

    /// <summary>Some end at once, the others after a token or two.</summary>
    private static async ValueTask<int> ShortAsync(Session session, int index, List<int> started)
    {
        started.Add(index);
        for (int i = 0; i < index % 3; i++)
        {
            await session.CreateSequence(TinyModel.Prompt(index, 5), []).NextAsync(s_rule);
        }

        return index;
    }
}
