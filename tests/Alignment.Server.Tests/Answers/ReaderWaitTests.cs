using System.IO.Pipelines;
using Alignment.Server.Answers;

namespace Alignment.Server.Tests.Answers;

public sealed class ReaderWaitTests
{
    private readonly SetTime _time = new();

    [Fact]
    public async Task All_waits_count_together()
    {
        var wait = new ReaderWait(TimeSpan.FromSeconds(10), _time);
        Assert.True(await AfterAsync(wait, seconds: 6));
        Assert.True(await wait.TryAsync(ValueTask.FromResult(default(FlushResult))));
        Assert.True(await AfterAsync(wait, seconds: 6));
        Assert.False(await wait.TryAsync(Never()));
        Assert.True(await wait.TryAsync(ValueTask.FromResult(default(FlushResult))));
    }

    [Fact]
    public async Task Last_words_may_be_waited_for_when_the_time_is_over()
    {
        var wait = new ReaderWait(TimeSpan.Zero, _time);
        Assert.False(await wait.TryAsync(Never()));
        Assert.False(await wait.TryAsync(Never(), atLeast: TimeSpan.FromMilliseconds(1)));
        Assert.True(await AfterAsync(wait, seconds: 1, atLeast: TimeSpan.FromMinutes(1)));
    }

    private async Task<bool> AfterAsync(ReaderWait wait, int seconds, TimeSpan atLeast = default)
    {
        var flush = new TaskCompletionSource<FlushResult>();
        ValueTask<bool> taken = wait.TryAsync(new ValueTask<FlushResult>(flush.Task), atLeast);
        _time.Seconds += seconds;
        flush.SetResult(default);
        return await taken;
    }

    private static ValueTask<FlushResult> Never() => new(new TaskCompletionSource<FlushResult>().Task);

    /// <summary>A clock that stands still; its timers are the system's.</summary>
    private sealed class SetTime : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
