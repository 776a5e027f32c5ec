using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Guides;
using Alignment.Inference.Scheduling;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>Whenever a request comes while the engine stops, it ends.</summary>
public sealed class StopTests : IAsyncDisposable
{
    private static readonly NextTokenRule s_rule = new();
    private static readonly SessionOptions s_anyone = new();
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    private readonly TinyModel _model = new(new ReferenceBackend());
    private readonly Gate _gate = new();

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        _gate.Dispose();
    }

    [Fact]
    public async Task Requests_that_come_during_the_last_pass_end()
    {
        Engine engine = _model.StartUnchecked(new EngineOptions { Pages = 64, MaxSessions = 2 });
        Task first = RunAsync(engine, [new HeadGuide(_gate, 1)]);
        _gate.WaitUntilReached();
        Task before = RunAsync(engine, []);
        Task stopping = engine.DisposeAsync().AsTask();
        Task[] during = [.. Enumerable.Range(0, 5).Select(_ => RunAsync(engine, []))];
        Task check = engine.CheckIntegrityAsync();
        _gate.Open();
        await stopping.WaitAsync(s_late);
        foreach (Task request in (Task[])[first, before, .. during, RunAsync(engine, []), engine.CheckIntegrityAsync()])
        {
            await Assert.ThrowsAsync<EngineStoppedException>(() => request.WaitAsync(s_late));
        }

        await check.WaitAsync(s_late);
    }

    [Fact]
    public async Task Of_requests_that_race_with_the_stop_each_is_answered_or_refused()
    {
        for (int round = 0; round < 20; round++)
        {
            Engine engine = _model.StartUnchecked(new EngineOptions { Pages = 64 });
            Task<Task<int>[]> asking = Task.Run(() => Enumerable.Range(0, 50).Select(_ => AtOnceAsync(engine)).ToArray());
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await engine.DisposeAsync()))).WaitAsync(s_late);
            foreach (Task<int> request in await asking)
            {
                Exception? fault = await Record.ExceptionAsync(() => request.WaitAsync(s_late));
                Assert.True(fault is null or EngineStoppedException, $"{fault}");
            }
        }
    }

    [Fact]
    public async Task Disposing_again_is_harmless()
    {
        Engine engine = _model.StartUnchecked(new EngineOptions { Pages = 64 });
        await engine.DisposeAsync();
        await engine.DisposeAsync().AsTask().WaitAsync(s_late);
        await Assert.ThrowsAsync<EngineStoppedException>(() => AtOnceAsync(engine));
    }

    [Fact]
    public async Task A_program_that_awaits_something_else_is_ended_and_may_clean_up_later()
    {
        Engine engine = _model.StartUnchecked(new EngineOptions { Pages = 64 });
        var elsewhere = new TaskCompletionSource();
        var cleaned = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        Task<int> request = engine.RunAsync(
            async session =>
            {
                try
                {
                    using Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), []);
                    begun.SetResult();
                    await elsewhere.Task;
                    await sequence.NextAsync(s_rule);
                    return 1;
                }
                finally
                {
                    cleaned.SetResult();
                }
            },
            s_anyone, CancellationToken.None);
        await begun.Task.WaitAsync(s_late);
        await engine.DisposeAsync().AsTask().WaitAsync(s_late);
        await Assert.ThrowsAsync<EngineStoppedException>(() => request.WaitAsync(s_late));
        elsewhere.SetResult();
        await cleaned.Task.WaitAsync(s_late);
    }

    private static Task<int> RunAsync(Engine engine, IReadOnlyList<Guide> guides) => engine.RunAsync(
        async session =>
        {
            using Sequence sequence = session.CreateSequence(TinyModel.Prompt(1, 20), guides);
            for (int i = 0; i < 30; i++)
            {
                await sequence.NextAsync(s_rule);
            }

            return 1;
        },
        s_anyone, CancellationToken.None);

    private static Task<int> AtOnceAsync(Engine engine) => engine.RunAsync(_ => ValueTask.FromResult(1), s_anyone, CancellationToken.None);
}
