using System.Collections.Concurrent;
using Alignment.Compute.Backends;
using Alignment.Inference.Asks;
using Alignment.Inference.Pages;
using Alignment.Inference.Scheduling;
using Alignment.Models;

namespace Alignment.Inference;

/// <summary>
/// Runs programs over forkable sequences. One thread repeats: read messages, plan a pass over everything that waits, forward, choose, resume the
/// programs inline until each waits again. Nothing reaches into the loop but messages. Owns the cache, not the model.
/// </summary>
public sealed class Engine : IAsyncDisposable
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    private readonly EngineOptions _options;
    private readonly KvCache _cache;
    private readonly PassPlan _plan;
    private readonly Planner _planner;
    private readonly PassExecutor _executor;
    private readonly EngineCounters _counters = new();
    private readonly ConcurrentQueue<Action> _messages = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LinkedList<(SessionRun Run, SessionOptions Options)> _queue = [];
    private readonly List<SessionRun> _runs = [];
    private readonly List<Session> _running = [];
    private readonly List<Ask> _waiting = [];
    private long _order;
    private int _admitted;
    private long _refused;
    private volatile bool _stopping;
    private volatile bool _healthy = true;

    /// <summary>Sizes and allocates the cache and starts the loop.</summary>
    /// <param name="model">Must outlive the engine, and be used by nobody else.</param>
    /// <param name="options">Sizes and limits.</param>
    /// <param name="vocabulary">Ids at or above are never chosen; null: the model's whole vocabulary.</param>
    /// <exception cref="CacheSizeException">What was asked for does not fit the model or the memory.</exception>
    public Engine(Transformer model, EngineOptions options, int? vocabulary = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        (Model, _options) = (model, options);
        Cache = CacheSize.Of(model.Config.MaxPositions, model.CachePageBytes, model.Backend.AvailableMemory, options);
        _cache = model.CreateCache(Cache.Pages);
        Tree = new TokenTree(Cache.Pages, (source, destination) => model.Backend.CopyPage(source, destination, _cache));
        _plan = new PassPlan(model.Limits);
        _planner = new Planner(Tree, _plan, options, _counters);
        _executor = new PassExecutor(model, _cache, _plan, vocabulary ?? model.Config.VocabularySize);
        new Thread(Loop) { IsBackground = true, Name = "engine" }.Start();
    }

    /// <summary>False after a broken invariant has stopped the loop.</summary>
    public bool Healthy => _healthy;

    /// <summary>What the cache holds, and how long a sequence may be.</summary>
    public CacheSize Cache { get; }

    /// <summary>Counters and gauges.</summary>
    public EngineStatistics Statistics => new()
    {
        Running = _running.Count,
        Queued = _queue.Count,
        WaitingSequences = _waiting.Count,
        Pages = Tree.PageCount,
        FreePages = Tree.FreePages,
        CachedPages = Tree.CachedPages,
        Passes = _counters.Passes,
        ForwardTokens = _counters.ForwardTokens,
        ChosenTokens = _counters.ChosenTokens,
        ReusedTokens = _counters.ReusedTokens,
        Preemptions = _counters.Preemptions,
        Cancelled = _counters.Cancelled,
        Completed = _counters.Completed,
        Refused = Interlocked.Read(ref _refused),
    };

    internal Transformer Model { get; }

    internal TokenTree Tree { get; }

    /// <summary>
    /// Runs a program on the engine's thread. Cancelling frees everything that it holds before the next pass.
    /// </summary>
    /// <exception cref="EngineOverloadedException">The queue or the device's memory is full (thrown by the task).</exception>
    /// <exception cref="EngineStoppedException">The engine has stopped (thrown by the task).</exception>
    public Task<T> RunAsync<T>(Func<Session, ValueTask<T>> program, SessionOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        if (Interlocked.Increment(ref _admitted) > _options.MaxSessions + _options.QueueLength)
        {
            Interlocked.Decrement(ref _admitted);
            Interlocked.Increment(ref _refused);
            return Task.FromException<T>(new EngineOverloadedException("queue", s_retryAfter));
        }

        var run = new SessionRun<T>(program, cancellation);
        CancellationTokenRegistration registration = cancellation.Register(() => Post(() => Cancel(run)));
        Post(() => Admit(run, options));
        if (_ended.Task.IsCompleted)
        {
            run.Abandon(new EngineStoppedException("The engine has stopped."));
        }

        return AwaitAsync(run.Result, registration);
    }

    /// <summary>Checks that every page is counted by exactly those who use it. For tests; costs a walk over everything.</summary>
    /// <exception cref="InvalidOperationException">A page leaks, or is used without being counted (thrown by the task).</exception>
    public Task CheckIntegrityAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                CheckIntegrity();
                done.SetResult();
            }
            catch (InvalidOperationException fault)
            {
                done.SetException(fault);
            }
        });
        return done.Task;
    }

    /// <summary>Stops the loop after the current pass; programs that still run end with <see cref="EngineStoppedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _wake.Release();
        await _ended.Task;
        _executor.Dispose();
        _cache.Dispose();
        _wake.Dispose();
    }

    internal void Enqueue(Ask ask) => _waiting.Add(ask);

    private async Task<T> AwaitAsync<T>(Task<T> result, CancellationTokenRegistration registration)
    {
        try
        {
            return await result;
        }
        finally
        {
            Interlocked.Decrement(ref _admitted);
            await registration.DisposeAsync();
        }
    }

    private void CheckIntegrity() => Tree.CheckIntegrity(_running.SelectMany(session => session.Sequences).SelectMany(sequence => sequence.Paths));

    /// <summary>
    /// Whenever the loop has nothing to do: a page that leaks turns health red long before memory runs out. Without sessions every page is
    /// free or cached, which
    /// is two numbers and no walk over a cache that may have a million pages.
    /// </summary>
    private void CheckIdle()
    {
        if (_running.Count == 0 && Tree.FreePages + Tree.CachedPages != Tree.PageCount)
        {
            throw new InvalidOperationException($"Of {Tree.PageCount} pages {Tree.FreePages} are free and {Tree.CachedPages} cached, and nobody uses the others.");
        }
    }

    private void Post(Action message)
    {
        _messages.Enqueue(message);
        if (!_ended.Task.IsCompleted)
        {
            _wake.Release();
        }
    }

    private void Loop()
    {
        SynchronizationContext.SetSynchronizationContext(new EngineContext(Post));
        Exception? fault = null;
        try
        {
            while (!_stopping)
            {
                ReadMessages();
                if (_waiting.Count == 0)
                {
                    CheckIdle();
                    _wake.Wait();
                }
                else
                {
                    RunPass();
                }
            }
        }
#pragma warning disable CA1031 // Whatever broke, nobody may wait for ever: the faults of the waiting requests name it.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            _healthy = false;
            fault = broken;
            _options.OnFault?.Invoke(_plan.ToString(), broken);
        }

        Stop(fault);
    }

    private void ReadMessages()
    {
        while (_messages.TryDequeue(out Action? message))
        {
            message();
        }
    }

    private void RunPass()
    {
        FailOverBudget();
        _planner.Fill(_waiting, _running);
        if (_plan.Batch.Rows > 0)
        {
            if (!TryExecute())
            {
                return;
            }

            _counters.Passes++;
        }
        else if (_waiting.MinBy(ask => ask.Sequence.Session.Order) is { } stuck)
        {
            Resume(stuck.Sequence, new MethodFaultException($"The sequence of {stuck.Sequence.Length} tokens needs more than the engine's {Tree.PageCount} pages."));
        }

        Publish();
    }

    /// <summary>Runs the pass. Where the device has no memory for it, whoever took part is refused, and what they hold is free for the others.</summary>
    private bool TryExecute()
    {
        try
        {
            _executor.Execute();
            return true;
        }
        catch (InsufficientMemoryException)
        {
            Refuse(new EngineOverloadedException("memory", s_retryAfter));
            return false;
        }
    }

    private void Refuse(EngineOverloadedException refusal)
    {
        foreach (Sequence sequence in _running.SelectMany(session => session.Sequences).Where(_planner.IsPlanned).ToArray())
        {
            // Its new tokens count as computed, but are not: nothing of it may enter the prefix cache.
            Array.ForEach(sequence.Paths, path => Tree.Forget(path, 0));
            Interlocked.Increment(ref _refused);
            Resume(sequence, refusal);
        }
    }

    /// <summary>Resumes the programs that the pass answers; what they then wait for belongs to the next pass.</summary>
    private void Publish()
    {
        foreach (Ask ask in _plan.Answers)
        {
            // One that no longer waits was disposed by a program that this pass resumed earlier.
            if (ask.IsWaiting)
            {
                Publish(ask);
            }
        }
    }

    private void Publish(Ask ask)
    {
        MethodFaultException? fault = null;
        try
        {
            if (!ask.Settle())
            {
                return;
            }

            _counters.ChosenTokens += ask.ChosenTokens;
            RememberPrompt(ask);
        }
        catch (MethodFaultException caught)
        {
            fault = caught;
        }

        Resume(ask.Sequence, fault);
    }

    /// <summary>Once, when its prompt is computed: later sessions, and other candidates of this one, can then share it.</summary>
    private void RememberPrompt(Ask ask)
    {
        Sequence sequence = ask.Sequence;
        if (sequence.IsPromptRemembered || ask.GuidePaths == GuidePaths.Idle)
        {
            return;
        }

        sequence.IsPromptRemembered = true;
        foreach (TokenPath path in sequence.Paths)
        {
            Tree.Remember(path);
        }
    }

    /// <summary>Ends a wait, if there is one.</summary>
    private void Resume(Sequence sequence, Exception? fault)
    {
        if (sequence.Answered() is not { } ask)
        {
            return;
        }

        if (!ask.IsAnswered)
        {
            _waiting.Remove(ask);
        }

        if (fault is null)
        {
            ask.Complete();
        }
        else
        {
            ask.Fail(fault);
        }
    }

    private void FailOverBudget()
    {
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            if (i < _waiting.Count && _waiting[i].Sequence is { Session: { IsOverBudget: true } session } sequence)
            {
                Resume(sequence, new MethodFaultException($"The request's budget of forward tokens is spent ({session.ForwardTokens})."));
            }
        }
    }

    private void Admit(SessionRun run, SessionOptions options)
    {
        if (run.Cancellation.IsCancellationRequested)
        {
            _counters.Cancelled++;
            run.Abandon(new OperationCanceledException(run.Cancellation));
        }
        else if (_runs.Count < _options.MaxSessions)
        {
            Start(run, options);
        }
        else
        {
            _queue.AddLast((run, options));
        }
    }

    private void Start(SessionRun run, SessionOptions options)
    {
        var session = new Session(this, options, _order++, run.Cancellation);
        _runs.Add(run);
        _running.Add(session);
        run.Start(session, Finish);
    }

    private void Finish(SessionRun run)
    {
        _runs.Remove(run);
        _running.Remove(run.Session!);
        if (run.Cancellation.IsCancellationRequested)
        {
            // Counted here: a program may see its token before the engine reads the message.
            _counters.Cancelled++;
        }
        else
        {
            _counters.Completed++;
        }

        if (_queue.First is { } next && !_stopping)
        {
            _queue.RemoveFirst();
            Post(() => Admit(next.Value.Run, next.Value.Options));
        }
    }

    private void Cancel(SessionRun run)
    {
        if (run.IsFinished)
        {
            return;
        }

        var reason = new OperationCanceledException(run.Cancellation);
        if (run.Session is not null)
        {
            ResumeAll(run.Session, reason);
        }
        else if (_queue.FirstOrDefault(queued => queued.Run == run) is { Run: not null } waiting)
        {
            _queue.Remove(waiting);
            _counters.Cancelled++;
            run.Abandon(reason);
        }
    }

    private void ResumeAll(Session session, Exception reason)
    {
        foreach (Sequence sequence in session.Sequences.ToArray())
        {
            Resume(sequence, reason);
        }
    }

    private void Stop(Exception? fault)
    {
        var reason = new EngineStoppedException(fault is null ? "The engine has been shut down." : "A broken invariant has stopped the engine.", fault);
        _stopping = true;
        foreach (SessionRun run in _runs.ToArray())
        {
            ResumeAll(run.Session!, reason);
            run.Abandon(reason);
        }

        foreach ((SessionRun run, _) in _queue)
        {
            run.Abandon(reason);
        }

        _ended.SetResult();
    }
}
