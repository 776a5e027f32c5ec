namespace Alignment.Inference.Scheduling;

/// <summary>
/// Who runs, and who waits for that: sessions start in the order in which they came, whenever there is room. Belongs to the engine's thread, but for
/// the places, which any thread may take.
/// </summary>
/// <param name="options">How many may run, and wait.</param>
/// <param name="counters">Where ends are counted.</param>
/// <param name="open">Makes the session of a run, given its age.</param>
internal sealed class Admission(EngineOptions options, EngineCounters counters, Func<SessionRun, long, Session> open)
{
    private readonly LinkedList<SessionRun> _queue = [];
    private readonly List<Session> _running = [];
    private EngineStoppedException? _stopped;
    private long _order;
    private int _places;

    /// <summary>The oldest first.</summary>
    public List<Session> Running => _running;

    public int Queued => _queue.Count;

    /// <summary>A place for one run, from before it is posted until it has ended. Any thread.</summary>
    /// <exception cref="EngineOverloadedException">As many run and wait as may.</exception>
    public void TakePlace()
    {
        if (Interlocked.Increment(ref _places) > options.MaxSessions + options.QueueLength)
        {
            Interlocked.Decrement(ref _places);
            counters.AddRefused();
            throw EngineOverloadedException.Of("queue");
        }
    }

    /// <summary>Gives a place back. Any thread.</summary>
    public void LeavePlace() => Interlocked.Decrement(ref _places);

    /// <summary>Takes a run into the queue; it starts at the loop's next turn at the earliest, after all that came before it.</summary>
    public void Enqueue(SessionRun run)
    {
        if (_stopped is not null)
        {
            run.End(_stopped);
            return;
        }

        _queue.AddLast(run.Place);
    }

    /// <summary>Starts from the head, as far as there is room.</summary>
    public void StartFromHead()
    {
        while (_running.Count < options.MaxSessions && _queue.First is { } head)
        {
            _queue.Remove(head);
            Start(head.Value);
        }
    }

    /// <summary>Ends a run whose client has gone. What it holds is free before the next pass, even where its program awaits something else.</summary>
    public void Cancel(SessionRun run)
    {
        if (run.Place.List is not null)
        {
            _queue.Remove(run.Place);
            counters.Cancelled++;
        }

        run.End(new OperationCanceledException(run.Cancellation));
    }

    /// <summary>Ends whatever runs and waits, and whatever still comes.</summary>
    public void Stop(EngineStoppedException reason)
    {
        _stopped = reason;
        foreach (Session session in _running.ToArray())
        {
            session.Run.End(reason);
        }

        foreach (SessionRun run in _queue)
        {
            run.End(reason);
        }

        _queue.Clear();
    }

    private void Start(SessionRun run)
    {
        if (run.Cancellation.IsCancellationRequested)
        {
            counters.Cancelled++;
            run.End(new OperationCanceledException(run.Cancellation));
            return;
        }

        Session session = open(run, _order++);
        _running.Add(session);
        session.Context.Start(session, Remove);
    }

    private void Remove(SessionRun run)
    {
        _running.Remove(run.Session!);
        if (run.Cancellation.IsCancellationRequested)
        {
            // Counted here: a program may see its token before the engine reads the message.
            counters.Cancelled++;
        }
        else if (_stopped is null)
        {
            counters.Completed++;
        }
    }
}
