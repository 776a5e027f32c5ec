using Alignment.Compute.Contract.NextToken;
using Alignment.Compute.Reference;
using Alignment.Inference.Pages;
using Alignment.Inference.Scheduling;

namespace Alignment.Inference.Tests.Scheduling;

/// <summary>A page that leaks is found while the engine is busy, by the clock.</summary>
public sealed class IntegrityTests
{
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(null), InlineData(0), InlineData(1)]
    public async Task The_clock_finds_a_page_that_leaks(int? lane)
    {
        bool leaks = lane is not null;
        await using var model = new TinyModel(new ReferenceBackend());
        var time = new ManualTime();
        string plan = "";
        Engine engine = model.Start(new EngineOptions { Pages = 64, OnFault = (text, _) => plan = text }, time);
        var begun = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        Task<int> request = engine.RunAsync(
            async session =>
            {
                await session.CreateSequence(TinyModel.Prompt(1, 20), []).NextAsync(new NextTokenRule());
                TokenTree? tree = lane is { } leaking ? engine.Loop.Lanes[leaking].Tree : null;
                Assert.True(tree?.TryReserve(new TokenPath(new PrefixKey(null, null), [1], 16), 1) ?? true);
                begun.SetResult();
                await goOn.Task;
                return 1;
            },
            new SessionOptions(), CancellationToken.None);
        await begun.Task.WaitAsync(s_late);
        time.Tick();
        Exception? fault = await Record.ExceptionAsync(
            () => engine.RunAsync(_ => ValueTask.FromResult(1), new SessionOptions(), CancellationToken.None).WaitAsync(s_late));
        Assert.Equal(leaks, fault is EngineStoppedException);
        Assert.Equal(!leaks, engine.Healthy);
        goOn.SetResult();
        if (leaks)
        {
            await Assert.ThrowsAsync<EngineStoppedException>(() => request.WaitAsync(s_late));
            Assert.Contains("counts 1 users and has 0", plan, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(1, await request.WaitAsync(s_late));
        }
    }

    /// <summary>A clock whose timers fire when they are told to.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private Action? _fire;

        public void Tick() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return new Silent();
        }

        private sealed class Silent : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
