using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Runs programs over forkable sequences, one forward pass for all of them that wait. This is its door for every thread; the work is the
/// loop's.
/// </summary>
public sealed class Engine : IAsyncDisposable
{
    private static readonly TimeSpan s_checkEvery = TimeSpan.FromMinutes(10);

    private readonly EngineLoop _loop;
    private readonly ITimer _checks;
    private readonly Lazy<Task> _stopped;

    /// <summary>Sizes and allocates the cache and starts the loop.</summary>
    /// <param name="model">Must outlive the engine, and be used by nobody else.</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="vocabulary">Ids at or above are never chosen; null: the model's whole vocabulary.</param>
    /// <param name="time">When the pages are checked; null: the system's.</param>
    /// <param name="others">
    /// Models that guide the first or draft for it, of the same backend and vocabulary; they too must outlive the engine and be used by
    /// nobody else. Each has as many pages as the first, so that a session's pages are one number.
    /// </param>
    /// <exception cref="ArgumentException">Another model is of another backend or vocabulary, or there twice.</exception>
    /// <exception cref="CacheSizeException">What was asked for does not fit the model or the memory.</exception>
    public Engine(
        Transformer model,
        EngineOptions options,
        int? vocabulary = null,
        TimeProvider? time = null,
        IReadOnlyList<Transformer>? others = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        Transformer[] models = [model, .. others ?? []];
        CheckTogether(models);
        Cache = CacheSize.Of(
            model.Config.MaxPositions, models.Sum(lane => lane.CachePageBytes), model.Backend.AvailableMemory, options);
        _loop = new EngineLoop(models, Cache, options, vocabulary ?? model.Config.VocabularySize);
        _checks = (time ?? TimeProvider.System).CreateTimer(_ => _loop.Mailbox.TryPost(_loop.CheckNews), null, s_checkEvery, s_checkEvery);
        _stopped = new Lazy<Task>(StopAsync);
    }

    /// <summary>False after a broken invariant has stopped the loop.</summary>
    public bool Healthy => _loop.IsHealthy;

    /// <summary>What the cache holds, and how long a sequence may be.</summary>
    public CacheSize Cache { get; }

    /// <summary>For tests whose programs look at it on its own thread.</summary>
    internal EngineLoop Loop => _loop;

    /// <summary>Counters and gauges.</summary>
    public EngineStatistics Statistics => new()
    {
        Running = _loop.Admission.Running.Count,
        Queued = _loop.Admission.Queued,
        WaitingSequences = _loop.WaitingSequences,
        Pages = _loop.Lanes.Sum(lane => lane.Tree.PageCount),
        FreePages = _loop.Lanes.Sum(lane => lane.Tree.FreePages),
        CachedPages = _loop.Lanes.Sum(lane => lane.Tree.CachedPages),
        Passes = _loop.Counters.Passes,
        PassesGivenUp = _loop.Counters.PassesGivenUp,
        ForwardTokens = _loop.Counters.ForwardTokens,
        RecomputedTokens = _loop.Counters.RecomputedTokens,
        ChosenTokens = _loop.Counters.ChosenTokens,
        ReusedTokens = _loop.Counters.ReusedTokens,
        Preemptions = _loop.Counters.Preemptions,
        Cancelled = _loop.Counters.Cancelled,
        Completed = _loop.Counters.Completed,
        Failed = _loop.Counters.Failed,
        Refused = _loop.Counters.Refused,
    };

    /// <summary>
    /// Runs a program on the engine's thread, after all that came before it have started. Cancelling frees everything that it holds before
    /// the next pass.
    /// </summary>
    /// <exception cref="EngineOverloadedException">The queue or the device's memory is full (thrown by the task).</exception>
    /// <exception cref="EngineStoppedException">The engine has stopped (thrown by the task).</exception>
    public Task<T> RunAsync<T>(Func<Session, ValueTask<T>> program, SessionOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        return RunAsync(new SessionRun<T>(program, options, cancellation));
    }

    /// <summary>Checks that every page is counted by exactly those who use it. For tests; costs a walk over everything.</summary>
    /// <exception cref="InvalidOperationException">A page leaks, or is used without being counted (thrown by the task).</exception>
    /// <exception cref="EngineStoppedException">The engine has stopped (thrown by the task).</exception>
    public async Task CheckIntegrityAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                _loop.CheckIntegrity();
                done.SetResult();
            }
            catch (InvalidOperationException fault)
            {
                done.SetException(fault);
            }
        });
        await done.Task;
    }

    /// <summary>
    /// Stops the loop after the current pass; programs that still run or wait end with <see cref="EngineStoppedException"/>. Whoever calls
    /// it, and however often, returns when the engine has stopped.
    /// </summary>
    public ValueTask DisposeAsync() => new(_stopped.Value);

    private static void CheckTogether(Transformer[] models)
    {
        Transformer first = models[0];
        for (int i = 1; i < models.Length; i++)
        {
            int tokens = models[i].Config.VocabularySize;
            string? problem = models[i].Backend != first.Backend ? "is on another backend than the first"
                : tokens != first.Config.VocabularySize ? $"has {tokens} tokens, and the first {first.Config.VocabularySize}"
                : Array.IndexOf(models, models[i]) < i ? "is there twice" : null;
            if (problem is not null)
            {
                throw new ArgumentException($"Model {i + 1} of {models.Length} {problem}.", nameof(models));
            }
        }
    }

    private async Task<T> RunAsync<T>(SessionRun<T> run)
    {
        bool mayRun = _loop.Admission.TakePlace();
        try
        {
            Post(() => _loop.Admission.Enqueue(run), mayRun);
            await using CancellationTokenRegistration registration = run.Cancellation.Register(
                () => _loop.Mailbox.TryPost(() => _loop.Admission.Cancel(run)));
            return await run.Result;
        }
        finally
        {
            _loop.Admission.LeavePlace();
        }
    }

    private void Post(Action message, bool bringsWork = false)
    {
        if (!_loop.Mailbox.TryPost(message, bringsWork))
        {
            throw new EngineStoppedException("The engine has stopped.");
        }
    }

    private async Task StopAsync()
    {
        await _checks.DisposeAsync();
        await _loop.DisposeAsync();
    }
}
