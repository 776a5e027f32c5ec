using System.Runtime.CompilerServices;
using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Sessions;

/// <summary>
/// Programs that leave something behind, throw where nobody catches, or come back on a thread that is not theirs: their request's fault
/// alone.
/// </summary>
public sealed class SessionEndTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();
    private static readonly int[] s_prompt = TinyModel.Prompt(1, 20);
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    private readonly TinyModel _model = new(new ReferenceBackend());
    private readonly Engine _engine;

    public SessionEndTests() => _engine = _model.Start(new EngineOptions { Pages = 64 });

    public Task InitializeAsync() => Task.CompletedTask;

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    /// <summary>Whatever happened: the next request is answered, and no page is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        int[] answer = await RunAsync(session => TakeAsync(session.CreateSequence(s_prompt, []), 3));
        Assert.Equal(3, answer.Length);
        Assert.True(_engine.Healthy);
        await _engine.CheckIntegrityAsync();
        Assert.Equal(_engine.Statistics.Pages, _engine.Statistics.FreePages + _engine.Statistics.CachedPages);
        Assert.Equal((0, 0), (_engine.Statistics.Running, _engine.Statistics.WaitingSequences));
        await _model.DisposeAsync();
    }

    [Theory]
    [InlineData("create")]
    [InlineData("fork")]
    [InlineData("next")]
    [InlineData("compute")]
    [InlineData("rewind")]
    public async Task What_outlives_its_program_is_refused_by_name(string operation)
    {
        var returned = new TaskCompletionSource();
        Task? late = null;
        await RunAsync(async session =>
        {
            Sequence sequence = session.CreateSequence(s_prompt, []);
            await sequence.NextAsync(s_rule);
            late = LateAsync();
            return 1;

            async Task LateAsync()
            {
                await returned.Task;
                await ApplyAsync(operation, session, sequence);
            }
        });
        returned.SetResult();
        await Assert.ThrowsAsync<SessionClosedException>(() => late!.WaitAsync(s_late));
    }

    [Fact]
    public async Task What_still_waits_when_its_program_returns_is_told_so()
    {
        Task? left = null;
        bool refused = false;
        await RunAsync(session =>
        {
            left = LeftAsync(session);
            return ValueTask.FromResult(1);
        });
        await Assert.ThrowsAsync<SessionClosedException>(() => left!.WaitAsync(s_late));
        Assert.True(refused);

        async Task LeftAsync(Session session)
        {
            try
            {
                await session.CreateSequence(s_prompt, []).NextAsync(s_rule);
            }
            finally
            {
                refused = Assert.Throws<SessionClosedException>(() => session.CreateSequence(s_prompt, [])) is not null;
            }
        }
    }

    [Fact]
    public async Task An_exception_that_no_task_can_carry_is_the_requests_result()
    {
        Task<int[]> other = RunAsync(session => TakeAsync(session.CreateSequence(TinyModel.Prompt(2, 20), []), 20));
        Task<int[]> failing = RunAsync(session =>
        {
            FailLater();
            return TakeAsync(session.CreateSequence(s_prompt, []), 40);
        });
        Assert.Equal("mine", (await Assert.ThrowsAsync<FormatException>(() => failing.WaitAsync(s_late))).Message);
        Assert.Equal(20, (await other).Length);

        static async void FailLater()
        {
            await Task.Yield();
            throw new FormatException("mine");
        }
    }

    [Fact]
    public async Task A_callback_that_throws_is_the_requests_result()
    {
        Task<int> failing = RunAsync(async session =>
        {
            CallBack(session.CreateSequence(s_prompt, []).NextAsync(s_rule), () => throw new FormatException("mine"));
            await new TaskCompletionSource().Task;
            return 1;
        });
        await Assert.ThrowsAsync<FormatException>(() => failing.WaitAsync(s_late));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("fork")]
    [InlineData("next")]
    [InlineData("compute")]
    [InlineData("rewind")]
    [InlineData("append")]
    [InlineData("score")]
    [InlineData("dispose")]
    public async Task A_foreign_thread_is_refused_by_name(string operation)
    {
        await RunAsync(async session =>
        {
            Sequence sequence = session.CreateSequence(s_prompt, []);
            await sequence.NextAsync(s_rule);
            await Assert.ThrowsAsync<ForeignThreadException>(() => Task.Run(() => ApplyAsync(operation, session, sequence)));
            await sequence.NextAsync(s_rule);
            return 1;
        });
    }

    [Fact]
    public async Task A_program_that_continues_elsewhere_is_refused_by_name()
    {
        await Assert.ThrowsAsync<ForeignThreadException>(() => RunAsync(async session =>
        {
            using Sequence sequence = session.CreateSequence(s_prompt, []);
            await Task.Delay(1).ConfigureAwait(false);
            await sequence.NextAsync(s_rule);
            return 1;
        }));
    }

    [Fact]
    public async Task An_answer_cannot_be_awaited_on_another_thread()
    {
        await RunAsync(async session =>
        {
            ConfiguredValueTaskAwaitable<TokenChoice> answer = session.CreateSequence(s_prompt, []).NextAsync(s_rule).ConfigureAwait(true);
            await Assert.ThrowsAsync<ForeignThreadException>(() => Task.Run(async () => await answer));
            return 1;
        });
    }

    [Fact]
    public async Task A_client_that_leaves_ends_a_program_that_awaits_something_else()
    {
        using var connection = new CancellationTokenSource();
        var holds = new TaskCompletionSource();
        Task<int> leaving = _engine.RunAsync(
            async session =>
            {
                await session.CreateSequence(s_prompt, []).NextAsync(s_rule);
                holds.SetResult();
                await new TaskCompletionSource().Task;
                return 1;
            },
            s_anyone, connection.Token);
        await holds.Task.WaitAsync(s_late);
        await connection.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(s_late));
        Assert.Equal((0, 1), (_engine.Statistics.Running, (int)_engine.Statistics.Cancelled));
    }

    [Fact]
    public async Task A_program_may_answer_with_what_it_has_when_its_budget_ends()
    {
        List<long> remaining = [];
        int[] answer = await _engine.RunAsync(
            async session =>
            {
                Sequence sequence = session.CreateSequence(s_prompt, []);
                try
                {
                    while (true)
                    {
                        remaining.Add(session.RemainingTokens);
                        await sequence.NextAsync(s_rule);
                    }
                }
                catch (BudgetSpentException)
                {
                    return sequence.Tokens[s_prompt.Length..].ToArray();
                }
            },
            new SessionOptions { MaxForwardTokens = 23 }, CancellationToken.None);
        Assert.Equal([23, 3, 2, 1, 0], remaining);
        Assert.Equal(4, answer.Length);
    }

    private static async Task ApplyAsync(string operation, Session session, Sequence sequence)
    {
        switch (operation)
        {
            case "create":
                session.CreateSequence(s_prompt, []);
                break;
            case "fork":
                sequence.Fork(1);
                break;
            case "next":
                await sequence.NextAsync(s_rule);
                break;
            case "compute":
                await sequence.ComputeAsync();
                break;
            case "rewind":
                sequence.Rewind(s_prompt.Length);
                break;
            case "append":
                sequence.Append([1]);
                break;
            case "score":
                await sequence.ScoreAsync(1, new float[s_prompt.Length]);
                break;
            default:
                sequence.Dispose();
                break;
        }
    }

    private static void CallBack(ValueTask<TokenChoice> answer, Action callback) => answer.GetAwaiter().OnCompleted(callback);

    private static async ValueTask<int[]> TakeAsync(Sequence sequence, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await sequence.NextAsync(s_rule);
        }

        return sequence.Tokens[sequence.PromptLength..].ToArray();
    }

    private Task<T> RunAsync<T>(Func<Session, ValueTask<T>> program) => _engine.RunAsync(program, s_anyone, CancellationToken.None);
}
