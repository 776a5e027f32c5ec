using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Runs that wait for their start, first come, first served, and the pages that those of them which have started may need.
/// </summary>
internal sealed class AdmissionQueue
{
    private readonly LinkedList<SessionRun> _runs = [];

    public int Count => _runs.Count;

    /// <summary>Who came first of those that wait.</summary>
    public SessionRun? Head => _runs.First?.Value;

    /// <summary>Pages that those which have started may need.</summary>
    public long Promised { get; private set; }

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

    public void Promise(SessionRun run) => Promised += run.Options.MaxPages;

    public void Redeem(SessionRun run) => Promised -= run.Options.MaxPages;

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
