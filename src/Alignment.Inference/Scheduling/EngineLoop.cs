using Alignment.Compute.Contract;
using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;
using Alignment.Inference.Threading;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// The engine's one thread. It repeats: read messages, start who may run, plan a pass over everything that waits, forward, resume the
/// programs inline until each waits again. Nothing reaches in but messages. Owns the lanes' caches, not their models.
/// </summary>
internal sealed class EngineLoop : IAsyncDisposable
{
    /// <summary>Rows of a pass that take a processor about as long as reading the weights.</summary>
    private const int ProcessorSlice = 16;

    /// <summary>
    /// How many budgets a prompt may cost that nothing else waits for, where a pass can be given up. A device that only queues computes
    /// what it was given, whoever comes: one there.
    /// </summary>
    private const int LoneBudgets = 4;

    private readonly EngineOptions _options;
    private readonly PassPlan _plan;
    private readonly Planner _planner;
    private readonly PassExecutor _executor;
    private readonly Publisher _publisher;
    private readonly SessionHost _host;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<bool> _isUnwanted;
    private bool _isStopping;
    private bool _hasGivenUp;
    private long _checkedPasses;
    private volatile bool _isHealthy = true;

    public EngineLoop(IEnumerable<Transformer> models, CacheSize size, EngineOptions options, int vocabulary)
    {
        _options = options;
        var thread = new Thread(Run) { IsBackground = true, Name = "engine" };
        Lanes = [.. models.Select((model, index) => new Lane(index, model, size))];
        _host = new SessionHost(Lanes, Mailbox, thread.ManagedThreadId);
        _plan = new PassPlan(Lanes);
        var prompts = new PromptTurns(
            options.PrefillChunk,
            options.PromptSlice ?? ProcessorSlice,
            Lanes.All(static lane => lane.Model.Backend.IsSynchronous) ? LoneBudgets : 1,
            [.. Lanes.Select(lane => new RowPrice(lane.Model.Config, Lanes[0].Model.Config))]);
        _planner = new Planner(_plan, prompts, new Preemption(_plan, Counters), Counters);
        _isUnwanted = IsUnwanted;
        _executor = new PassExecutor(_plan, vocabulary);
        _publisher = new Publisher(_plan, _planner, _host.Waiting, Counters);
        Admission = new Admission(size.Pages, options, Counters, (run, order) => new Session(_host, run, order));
        thread.Start();
    }

    public Lane[] Lanes { get; }

    public EngineCounters Counters { get; } = new();

    public Mailbox Mailbox { get; } = new();

    public Admission Admission { get; }

    public int WaitingSequences => _host.Waiting.Count;

    /// <summary>False after a broken invariant has stopped the loop.</summary>
    public bool IsHealthy => _isHealthy;

    /// <summary>
    /// Compares every page's count with those who use it. A walk over the whole cache (milliseconds, megabytes): for tests, a timer and
    /// faults.
    /// </summary>
    /// <exception cref="InvalidOperationException">A page leaks, or is used without being counted.</exception>
    public void CheckIntegrity()
    {
        _checkedPasses = Counters.Passes;
        foreach (Lane lane in Lanes)
        {
            lane.Tree.CheckIntegrity(
                Admission.Running.SelectMany(session => session.Sequences)
                    .SelectMany(sequence => sequence.Paths)
                    .Where(path => path.Lane == lane.Index));
        }
    }

    /// <summary>The same, unless nothing was computed since the last time.</summary>
    public void CheckNews()
    {
        if (_checkedPasses != Counters.Passes)
        {
            CheckIntegrity();
        }
    }

    /// <summary>Ends the loop after the current pass; once it has ended, frees the cache. To be called once, by any thread.</summary>
    public async ValueTask DisposeAsync()
    {
        Mailbox.TryPost(() => _isStopping = true);
        await _ended.Task;
        _executor.Dispose();
        Array.ForEach(Lanes, lane => lane.Dispose());
    }

    private void Run()
    {
        Exception? fault = null;
        try
        {
            while (ReadMessages())
            {
                Admission.StartFromHead();
                Turn();
            }
        }
#pragma warning disable CA1031 // Whatever broke, nobody may wait for ever: the faults of the waiting requests name it.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            _isHealthy = false;
            fault = broken;
        }

        Stop(fault);
    }

    /// <returns>False when one of them has asked the loop to stop.</returns>
    private bool ReadMessages()
    {
        Mailbox.Read();
        return !_isStopping;
    }

    private void Turn()
    {
        if (_host.Waiting.Count > 0)
        {
            RunPass();
        }
        else
        {
            CheckIdle();
            Mailbox.Wait();
        }
    }

    private void RunPass()
    {
        _publisher.FailSpent();
        _planner.Fill(_host.Waiting, Admission.Running);
        if (_plan.Rows == 0)
        {
            Unblock();
        }
        else if (TryExecute())
        {
            _publisher.Publish();
        }
    }

    /// <summary>Nobody can have a row: who waits can never have it, or others hold the pages while their programs are elsewhere.</summary>
    private void Unblock()
    {
        if (!_planner.HasNewOrder && !_publisher.TryFailStuck(Admission.Running))
        {
            Mailbox.Wait();
        }
    }

    /// <summary>
    /// Whether the pass answers nobody, and somebody has come meanwhile who would wait for it: a slice of a long prompt can wait. Never
    /// twice running, so that the long prompt gets on whoever comes.
    /// </summary>
    private bool IsUnwanted() => _plan.Answers.Count == 0 && !_hasGivenUp && Mailbox.HasWork;

    /// <summary>
    /// Where the device has no memory for the pass, whoever took part is refused, and what they hold is free for the others.
    /// </summary>
    /// <returns>Whether there is something to publish.</returns>
    private bool TryExecute()
    {
        try
        {
            if (!_executor.TryExecute(_isUnwanted))
            {
                _hasGivenUp = true;
                Counters.PassesGivenUp++;
                _plan.Revoke();
                return false;
            }

            _hasGivenUp &= _plan.Answers.Count > 0;
            _plan.Commit(Counters);
            return true;
        }
        catch (InsufficientMemoryException)
        {
            _plan.Revoke();
            _publisher.Refuse(Admission.Running, EngineOverloadedException.Of("memory"));
            return false;
        }
    }

    /// <summary>
    /// Whenever the loop has nothing to do: a page that leaks turns health red long before memory runs out. Without sessions every page
    /// is free or cached, which is two numbers and no walk over a cache that may have a million pages.
    /// </summary>
    private void CheckIdle()
    {
        for (int i = 0; i < Lanes.Length && Admission.Running.Count == 0; i++)
        {
            TokenTree tree = Lanes[i].Tree;
            if (tree.FreePages + tree.CachedPages != tree.PageCount)
            {
                throw new InvalidOperationException(
                    $"Of {tree.PageCount} pages {tree.FreePages} are free and {tree.CachedPages} cached, and nobody uses the others.");
            }
        }
    }

    /// <summary>
    /// Nobody may wait for ever: neither who runs or waits, nor whose message is still to be read, nor who comes later. After a fault the
    /// pages may be in any state, and whoever is told of it may fail: the end comes nevertheless.
    /// </summary>
    private void Stop(Exception? fault)
    {
        try
        {
            if (fault is not null)
            {
                _options.OnFault?.Invoke($"{_plan}{Environment.NewLine}{DescribePages()}", fault);
            }
        }
#pragma warning disable CA1031 // The fault itself is told to everybody who waits.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        string reason = fault is null ? "The engine has been shut down." : "A broken invariant has stopped the engine.";
        Admission.Stop(new EngineStoppedException(reason, fault));
        Mailbox.Close();
        _ended.SetResult();
    }

    private string DescribePages()
    {
        try
        {
            CheckIntegrity();
            return "every page is counted";
        }
        catch (InvalidOperationException leak)
        {
            return leak.Message;
        }
    }
}
