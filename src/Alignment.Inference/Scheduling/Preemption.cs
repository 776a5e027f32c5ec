using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Who loses pages when there are too few: the youngest sequence that is younger than the one in need, or that its program does not wait
/// for; never one of the pass that is planned. It is computed again later, with the same result. Sessions that have ever needed more than
/// was set aside for them come after all others, whatever their age, and those lose nothing to them. The order never turns round, so that
/// the first one that waits can have all pages but those of this pass, and the others never take them from each other in turn. Where they
/// would soon be too few, the younger ones of these wait with what they have, instead of losing more of it later.
/// </summary>
internal sealed class Preemption(PassPlan plan, EngineCounters counters)
{
    /// <summary>Part of the pages that is few.</summary>
    private const int Few = 32;

    private List<Session> _running = [];
    private long _pass;

    /// <summary>Whether sessions have changed places since the start.</summary>
    public bool HasNewOrder { get; private set; }

    /// <summary>Begins a pass.</summary>
    /// <param name="running">Sessions in order of age.</param>
    /// <param name="pass">Its number.</param>
    public void Start(List<Session> running, long pass) => (_running, _pass, HasNewOrder) = (running, pass, false);

    /// <summary>
    /// Whether a session may have pages for rows: one that takes more than was set aside for it leaves as many free as older ones hold that
    /// do so and wait too, which may come to need as much again. One that takes few may always, and one for which nothing was set aside
    /// takes what there is.
    /// </summary>
    public bool MayGrow(Session session, TokenPath path, int rows)
    {
        int missing = TokenTree.MissingPages(path, rows);
        int pages = plan.TreeOf(path).PageCount;
        int held = missing == 0 ? 0 : HeldPages(session, path.Lane) + missing;
        if (session.MaxPages == 0 || held <= Math.Max(session.MaxPages, pages / Few))
        {
            return true;
        }

        NoteNeed(session, held);
        int left = pages - missing;
        int older = 0;
        foreach (Session other in _running)
        {
            int others = HeldPages(other, path.Lane);
            left -= others;
            older += other.Order < session.Order && other.TakesMore && IsWaiting(other) ? others : 0;
        }

        return older == 0 || older <= left;
    }

    /// <summary>Takes the pages, in the lane that has too few, of one sequence that may lose them.</summary>
    /// <param name="inNeed">Whose path lacks pages.</param>
    /// <param name="path">The path.</param>
    /// <param name="rows">Its next rows, which need them.</param>
    /// <returns>False: there is none.</returns>
    public bool TryTake(Sequence inNeed, TokenPath path, int rows)
    {
        Session needy = inNeed.Session;
        NoteNeed(needy, HeldPages(needy, path.Lane) + TokenTree.MissingPages(path, rows));
        bool others = false;
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            Session session = _running[i];
            int held = HeldPages(session, path.Lane);
            NoteNeed(session, held);
            if (session.TakesMore)
            {
                if (TryPreempt(inNeed, path.Lane, session, !needy.TakesMore || session.Order >= needy.Order))
                {
                    return true;
                }

                others |= session != needy && held > 0;
            }
        }

        // Sessions of this pass that have more than was set aside lose it in the next: until then this one waits.
        return !needy.TakesMore && !others && TryPreemptPromised(inNeed, path.Lane);
    }

    /// <summary>Notes once and for all that a session needs more pages than were set aside for it.</summary>
    private void NoteNeed(Session session, int pages)
    {
        if (!session.TakesMore && pages > session.MaxPages)
        {
            session.TakesMore = true;
            HasNewOrder = true;
        }
    }

    /// <summary>Where more was promised than there is: one session that needs more than all of it is let in alone of its kind.</summary>
    private bool TryPreemptPromised(Sequence inNeed, int lane)
    {
        for (int i = _running.Count - 1; i >= 0; i--)
        {
            if (TryPreempt(inNeed, lane, _running[i], _running[i].Order >= inNeed.Session.Order))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryPreempt(Sequence inNeed, int lane, Session session, bool isYounger)
    {
        for (int i = session.Sequences.Count - 1; i >= 0; i--)
        {
            Sequence victim = session.Sequences[i];
            isYounger &= victim != inNeed;
            bool mayLose = victim != inNeed && victim.Ask?.PlannedPass != _pass && (isYounger || victim.Ask is null);
            if (mayLose && TryDrop(victim, lane))
            {
                counters.Preemptions++;
                return true;
            }
        }

        return false;
    }

    private static bool IsWaiting(Session session)
    {
        bool waits = false;
        for (int i = 0; i < session.Sequences.Count; i++)
        {
            waits |= session.Sequences[i].Ask is not null;
        }

        return waits;
    }

    private int HeldPages(Session session, int lane)
    {
        TokenTree tree = plan.Lanes[lane].Lane.Tree;
        tree.StartCount();
        int pages = 0;
        for (int i = 0; i < session.Sequences.Count; i++)
        {
            foreach (TokenPath path in session.Sequences[i].Paths)
            {
                pages += path.Lane == lane ? tree.CountNew(path) : 0;
            }
        }

        return pages;
    }

    private bool TryDrop(Sequence sequence, int lane)
    {
        bool held = false;
        foreach (TokenPath path in sequence.Paths)
        {
            if (path.Lane == lane)
            {
                held |= path.PageCount > 0;
                plan.TreeOf(path).Release(path);
            }
        }

        return held;
    }
}
