using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Who runs, and who waits for that: sessions start in the order in which they came, as soon as the pages that they can need are promised
/// to nobody else. An eighth of the cache is kept for those that need few, so that they pass by those that wait for many without taking a
/// page from them; of the rest they take what they find as long as nobody waits for it who came earlier. Belongs to the engine's thread,
/// but for the places, which any thread may take.
/// </summary>
internal sealed class Admission
{
    /// <summary>Part of the cache that is kept for sessions of few pages.</summary>
    private const int Share = 8;

    /// <summary>So many of them fit into it at least.</summary>
    private const int Crowd = 4;

    private readonly EngineOptions _options;
    private readonly EngineCounters _counters;
    private readonly Func<SessionRun, long, Session> _open;
    private readonly int _pages;
    private readonly int _share;
    private readonly AdmissionQueue _few = new();
    private readonly AdmissionQueue _many = new();
    private readonly List<Session> _running = [];
    private EngineStoppedException? _stopped;
    private long _arrivals;
    private long _starts;
    private int _places;

    /// <param name="pages">Pages of the cache.</param>
    /// <param name="options">How many may run, and wait.</param>
    /// <param name="counters">Where ends are counted.</param>
    /// <param name="open">Makes the session of a run, given its age.</param>
    public Admission(int pages, EngineOptions options, EngineCounters counters, Func<SessionRun, long, Session> open)
    {
        (_options, _counters, _open) = (options, counters, open);
        (_pages, _share) = (pages, pages / Share);
    }

    /// <summary>The oldest first.</summary>
    public List<Session> Running => _running;

    public int Queued => _few.Count + _many.Count;

    /// <summary>A place for one run, from before it is posted until it has ended. Any thread.</summary>
    /// <returns>Whether it is one of those that may run at once, pages allowing.</returns>
    /// <exception cref="EngineOverloadedException">As many run and wait as may.</exception>
    public bool TakePlace()
    {
        int places = Interlocked.Increment(ref _places);
        if (places > _options.MaxSessions + _options.QueueLength)
        {
            Interlocked.Decrement(ref _places);
            _counters.AddRefused();
            throw EngineOverloadedException.Of("queue");
        }

        return places <= _options.MaxSessions;
    }

    /// <summary>Gives a place back. Any thread.</summary>
    public void LeavePlace() => Interlocked.Decrement(ref _places);

    /// <summary>
    /// Takes a run into its queue; it starts at the loop's next turn at the earliest, after all that came before it there.
    /// </summary>
    public void Enqueue(SessionRun run)
    {
        if (_stopped is not null)
        {
            run.End(_stopped);
            return;
        }

        run.Arrival = _arrivals++;
        QueueOf(run).Add(run);
    }

    /// <summary>Starts from the heads, the earlier one first, as far as there is room.</summary>
    public void StartFromHead()
    {
        while (_running.Count < _options.MaxSessions && Earlier(NextOfFew(), NextOfMany()) is { } next)
        {
            QueueOf(next).TryRemove(next);
            Start(next);
        }
    }

    /// <summary>
    /// Ends a run whose client has gone. What it holds is free before the next pass, even where its program awaits something else.
    /// </summary>
    public void Cancel(SessionRun run)
    {
        if (QueueOf(run).TryRemove(run))
        {
            _counters.Cancelled++;
        }

        run.End(new OperationCanceledException(run.Cancellation));
    }

    /// <summary>Ends whatever runs and waits, and whatever still comes.</summary>
    public void Stop(EngineStoppedException reason)
    {
        _stopped = reason;
        foreach (Session session in _running.ToArray())
        {
            EndBroken(session.Run, reason);
        }

        _few.End(reason);
        _many.End(reason);
    }

    /// <summary>
    /// After a fault the pages that it gives back may be in any state; its end is told all the same, and so is that of the others.
    /// </summary>
    private static void EndBroken(SessionRun run, EngineStoppedException reason)
    {
        try
        {
            run.End(reason);
        }
#pragma warning disable CA1031 // The fault that stopped the engine is the one to know.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private SessionRun? NextOfFew()
    {
        if (_few.Head is not { } head)
        {
            return null;
        }

        int need = head.Options.MaxPages;
        bool isFirst = _many.Head is not { } other || head.Arrival < other.Arrival;
        return _few.Promised + need <= _share || (isFirst && _few.Promised + _many.Promised + need <= _pages) ? head : null;
    }

    /// <summary>One that needs more than can ever be promised starts when no other of its kind runs.</summary>
    private SessionRun? NextOfMany()
    {
        long kept = Math.Max(_share, _few.Promised);
        bool isAlone = _many.Promised == 0 && kept == _share;
        return _many.Head is { } head && (isAlone || _many.Promised + head.Options.MaxPages + kept <= _pages) ? head : null;
    }

    private AdmissionQueue QueueOf(SessionRun run) => run.Options.MaxPages <= _share / Crowd ? _few : _many;

    private static SessionRun? Earlier(SessionRun? a, SessionRun? b) => a is null || (b is not null && b.Arrival < a.Arrival) ? b : a;

    private void Start(SessionRun run)
    {
        if (run.Cancellation.IsCancellationRequested)
        {
            _counters.Cancelled++;
            run.End(new OperationCanceledException(run.Cancellation));
            return;
        }

        QueueOf(run).Promise(run);
        Session session = _open(run, _starts++);
        _running.Add(session);
        session.Context.Start(session, Remove);
    }

    private void Remove(SessionRun run)
    {
        QueueOf(run).Redeem(run);
        _running.Remove(run.Session!);
        if (run.Cancellation.IsCancellationRequested)
        {
            // Counted here: a program may see its token before the engine reads the message.
            _counters.Cancelled++;
        }
        else if (_stopped is null)
        {
            _counters.Completed += run.Fault is null ? 1 : 0;
            _counters.Failed += run.Fault is null ? 0 : 1;
        }
    }
}
