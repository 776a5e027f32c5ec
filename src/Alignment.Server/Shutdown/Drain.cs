using System.Collections.Concurrent;
using Alignment.Server.Configuration;
using Alignment.Server.Errors;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Shutdown;

/// <summary>
/// The end of the server's life. From the signal to stop on new requests are refused and those that run may finish; when their time is up,
/// or at a second signal, they are cut short: each still gets its last words (a stream its error event and [DONE], any other request a
/// 503). The host waits for this before it stops listening, so that nobody meets a reset connection.
/// </summary>
internal sealed partial class Drain(IOptions<ServerOptions> options, TimeProvider time, ILogger<Drain> log)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>How long the last words may take to reach clients that read slowly.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<HttpContext, byte> _running = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cut = new();
    private volatile bool _begun;

    /// <summary>Cancelled when requests are cut short.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>What a request is told that is refused or cut short.</summary>
    public static ApiException Refusal => ApiException.Unavailable("The server is shutting down.", "shutting_down", s_retryAfter);

    /// <summary>Counts a request as running; false where it comes too late. Each that is counted must <see cref="Leave"/>.</summary>
    public bool TryEnter(HttpContext context)
    {
        // In this order: a request that enters while the drain begins is either seen by it or refused.
        _running.TryAdd(context, default);
        bool isLate = _begun;
        if (isLate)
        {
            Leave(context);
        }

        return !isLate;
    }

    public void Leave(HttpContext context)
    {
        _running.TryRemove(context, out _);
        if (_begun && _running.IsEmpty)
        {
            _finished.TrySetResult();
        }
    }

    /// <summary>Ends the time in which requests may finish. What is cancelled by it runs elsewhere: the caller is not kept.</summary>
    public Task CutShortAsync() => _cut.CancelAsync();

    /// <summary>Returns when no request runs any more.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _begun = true;
        await WaitAsync(options.Value.ShutdownTimeout, _cut.Token);
        await _cut.CancelAsync();
        await WaitAsync(Grace, CancellationToken.None);

        // Who has not read the last words until now will not.
        foreach (HttpContext silent in _running.Keys)
        {
            silent.Abort();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _cut.Dispose();

    /// <summary>Waits until no request is left, and says every second how many are.</summary>
    private async Task WaitAsync(TimeSpan limit, CancellationToken end)
    {
        long start = time.GetTimestamp();
        while (!_running.IsEmpty && !end.IsCancellationRequested && limit - time.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            if (_cut.IsCancellationRequested)
            {
                LogCut(_running.Count);
            }
            else
            {
                LogProgress(_running.Count, left.TotalSeconds);
            }

            TimeSpan turn = left < s_second ? left : s_second;
            await _finished.Task.WaitAsync(turn, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Shutting down: {Count} requests are left; they are cut short in {Seconds:0} s, or at a second signal.")]
    private partial void LogProgress(int count, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Shutting down: {Count} requests are cut short.")]
    private partial void LogCut(int count);
}
