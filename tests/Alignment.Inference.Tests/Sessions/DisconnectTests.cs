using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>Clients that go away, programs that fail and an engine that breaks.</summary>
public sealed class DisconnectTests
{
    private const int Tokens = 30;

    private static readonly SessionOptions s_anyone = new();

    [Fact]
    public async Task A_third_of_the_clients_may_leave_and_the_others_read_the_same_as_alone()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 256 });
        int[][] alone = new int[32][];
        for (int i = 0; i < alone.Length; i++)
        {
            alone[i] = await RunAsync(engine, i, leaveAfter: null);
        }

        int[]?[] together = await Task.WhenAll(
            Enumerable.Range(0, alone.Length).Select(i => TryAsync(RunAsync(engine, i, i % 3 == 1 ? 4 + (i / 3) : null))));
        for (int i = 0; i < alone.Length; i++)
        {
            Assert.Equal(i % 3 == 1 ? null : alone[i], together[i]);
        }

        await engine.CheckIntegrityAsync();
        Assert.Equal(engine.Statistics.Pages, engine.Statistics.FreePages + engine.Statistics.CachedPages);
        Assert.Equal((0, 0, 11), (engine.Statistics.Running, engine.Statistics.WaitingSequences, (int)engine.Statistics.Cancelled));
    }

    [Fact]
    public async Task A_programs_exception_is_its_own_requests_result()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        Task<int[]> other = RunAsync(engine, 0, leaveAfter: null);
        Task<int> failing = engine.RunAsync<int>(
            async session =>
            {
                await session.CreateSequence(TinyModel.Prompt(1, 20), []).NextAsync(new NextTokenRule());
                throw new FormatException("mine");
            },
            s_anyone, CancellationToken.None);
        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => failing)).Message);
        Assert.Equal(Tokens, (await other).Length);
        Assert.True(engine.Healthy);
    }

    [Fact]
    public async Task A_program_that_awaits_something_else_comes_back_to_the_engines_thread()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        (int Before, int Elsewhere, int After) threads = await engine.RunAsync(
            async session =>
            {
                int before = Environment.CurrentManagedThreadId;
                int elsewhere = await Task.Run(() => Environment.CurrentManagedThreadId);
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), []);
                await sequence.NextAsync(new NextTokenRule());
                return (before, elsewhere, Environment.CurrentManagedThreadId);
            },
            s_anyone, CancellationToken.None);
        Assert.Equal(threads.Before, threads.After);
        Assert.NotEqual(threads.Before, threads.Elsewhere);
    }

    [Fact]
    public async Task A_spent_budget_ends_the_request_that_spent_it()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        int taken = 0;
        Task<bool> spending = engine.RunAsync<bool>(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), []);
                for (; ; taken++)
                {
                    await sequence.NextAsync(new NextTokenRule());
                }
            },
            new SessionOptions { MaxForwardTokens = 25 }, CancellationToken.None);
        await Assert.ThrowsAsync<BudgetSpentException>(() => spending);
        Assert.InRange(taken, 5, 7);
    }

    [Fact]
    public async Task A_program_that_asks_on_is_computed_no_more()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        Engine engine = model.Start(new EngineOptions { Pages = 64 });
        long spent = await engine.RunAsync(
            async session =>
            {
                Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), []);
                for (int faults = 0; faults < 20; faults++)
                {
                    await Assert.ThrowsAsync<BudgetSpentException>(async () =>
                    {
                        while (true)
                        {
                            await sequence.NextAsync(new NextTokenRule());
                        }
                    });
                }

                return session.ForwardTokens;
            },
            new SessionOptions { MaxForwardTokens = 23 }, CancellationToken.None);
        Assert.Equal(23, spent);
    }

    [Fact]
    public async Task A_broken_invariant_fails_everyone_and_turns_health_red()
    {
        await using var model = new TinyModel(new ReferenceBackend());
        string plan = "";
        Engine engine = model.Start(new EngineOptions { Pages = 64, OnFault = (text, _) => plan = text });
        (Task<int[]> other, Task<TokenChoice> broken) = await engine.TogetherAsync(() => (
            RunAsync(engine, 0, leaveAfter: null),
            engine.RunAsync(
                session => session.CreateSequence([1, 2, 3], [new HeadGuide(new BrokenHead(), 1)]).NextAsync(new NextTokenRule()),
                s_anyone,
                CancellationToken.None)));
        await Assert.ThrowsAsync<EngineStoppedException>(() => broken);
        await Assert.ThrowsAsync<EngineStoppedException>(() => other);
        await Assert.ThrowsAsync<EngineStoppedException>(() => RunAsync(engine, 1, leaveAfter: null));
        Assert.False(engine.Healthy);
        Assert.Contains("next token of 3 tokens", plan, StringComparison.Ordinal);
    }

    private static async Task<int[]> RunAsync(Engine engine, int index, int? leaveAfter)
    {
        using var connection = new CancellationTokenSource();
        return await engine.RunAsync(
            async session =>
            {
                using Sequence sequence = session.CreateSequence(TinyModel.Prompt(index, 25 + index), []);
                for (int i = 0; i < Tokens; i++)
                {
                    await sequence.NextAsync(new NextTokenRule { Seed = (ulong)index });
                    if (i == leaveAfter)
                    {
                        await connection.CancelAsync();
                    }
                }

                return sequence.Tokens[sequence.PromptLength..].ToArray();
            },
            s_anyone, connection.Token);
    }

    private static async Task<int[]?> TryAsync(Task<int[]> request)
    {
        try
        {
            return await request;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private sealed class BrokenHead : ILogitsHead
    {
        public string Name => "broken";

        public void Project(Compute.Contract.Tensor hidden, int rows, Compute.Contract.Tensor logits) =>
            throw new InvalidOperationException("broken head");
    }
}
