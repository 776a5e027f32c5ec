namespace Alignment.Inference.Scheduling;

/// <summary>Runs that wait for their start, first come, first served, and the pages that those of them which have started may need.</summary>
/// <param name="pages">Pages that may be promised.</param>
internal sealed class AdmissionQueue(int pages)
{
    private readonly LinkedList<SessionRun> _runs = [];
    private long _promised;

    public int Count => _runs.Count;

    /// <summary>The head, if its pages can be promised now. One that needs more than may ever be promised starts when nothing else is.</summary>
    public SessionRun? Next => _runs.First?.Value is { } head && (_promised == 0 || _promised + head.Options.MaxPages <= pages) ? head : null;

    public void Add(SessionRun run) => _runs.AddLast(run.Place);

    public bool TryRemove(SessionRun run)
    {
        bool waits = run.Place.List == _runs;
        if (waits)
        {
            _runs.Remove(run.Place);
        }

        return waits;
    }

    public void Promise(SessionRun run) => _promised += run.Options.MaxPages;

    public void Redeem(SessionRun run) => _promised -= run.Options.MaxPages;

    /// <summary>Ends all that wait.</summary>
    public void End(Exception reason)
    {
        while (_runs.First is { } head)
        {
            _runs.Remove(head);
            head.Value.End(reason);
        }
    }
}
