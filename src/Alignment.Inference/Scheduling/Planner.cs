using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Fills a pass: first the asks whose next row is an output, in the order in which they began to wait, then prompts, in chunks and in
/// turns, with the rows that are left. Each of the first gets one output of every path before any gets a second one, which only
/// verifications want, and while known tokens wait for their scores some outputs are kept for them: so nobody who waits for many keeps
/// others waiting, and no crowd of those who wait for one keeps out the others. Of prompts that begin alike one computes what they have in
/// common, and the others wait for its pages.
/// </summary>
internal sealed class Planner(PassPlan plan, PromptTurns prompts, Preemption preemption, EngineCounters counters)
{
    /// <summary>Part of a pass's outputs that is kept for scores while some wait.</summary>
    private const int ScoreShare = 8;

    private readonly OutputShares _shares = new(plan);
    private readonly List<Ask> _ready = [];

    /// <summary>Most paths of a score that got nothing in the last pass: every other pass at most is not all for those who draw.</summary>
    private int _starving;

    private long _pass;

    /// <summary>Plans a pass; what it answers leaves the waiting list.</summary>
    /// <param name="waiting">In the order in which they began to wait; asks that no longer wait are dropped.</param>
    /// <param name="running">Sessions in order of age: who may lose pages.</param>
    public void Fill(List<Ask> waiting, List<Session> running)
    {
        _pass++;
        plan.Clear();
        prompts.Clear();
        _ready.Clear();
        _starving = 0;
        preemption.Start(running, _pass);
        foreach (Ask ask in waiting)
        {
            if (!ask.IsWaiting || ask.IsSpent)
            {
                continue;
            }

            if (Prepare(ask))
            {
                _ready.Add(ask);
            }
            else
            {
                prompts.Add(ask);
                _starving = Math.Max(_starving, ask is { IsPrompt: true, PassesWithoutRows: > 0 } ? ask.OutputPaths : 0);
            }
        }

        PlanOutputs();
        PlanPrompts();
        waiting.RemoveAll(static ask => !ask.IsWaiting || ask.IsAnswered);
        plan.AssignOutputs();
    }

    /// <summary>Whether sessions have changed places while the last pass was planned: who found no pages may find some now.</summary>
    public bool HasNewOrder => preemption.HasNewOrder;

    /// <summary>Whether the last pass computes rows of the sequence.</summary>
    public bool IsPlanned(Sequence sequence) => sequence.Ask?.PlannedPass == _pass;

    /// <summary>One output of every path for each that is ready. What is then left of a pass's chunk, verifications share.</summary>
    private void PlanOutputs()
    {
        plan.Keep(_starving, ScoreShare);
        _shares.Start(_ready, prompts.Budget);
        foreach (Ask ask in _ready)
        {
            Plan(ask, 1 + _shares.Take(ask));
        }

        plan.Keep(0, ScoreShare);
    }

    private void PlanPrompts()
    {
        prompts.Sort(plan.Rows > 0);
        for (int turn = 0; turn < prompts.Count; turn++)
        {
            Ask ask = prompts.Begin(turn);
            if (plan.ComputesFor(ask))
            {
                continue;
            }

            Plan(ask, ask.Remaining);
            if (!ask.Sequence.IsPromptRemembered && ask.PlannedPass == _pass)
            {
                plan.Prompts.AddRange(ask.Sequence.Paths.AsSpan(0, ask.Paths));
            }
        }
    }

    private static int SilentRows(Ask ask)
    {
        int rows = 0;
        for (int i = 0; i < ask.Paths; i++)
        {
            rows += ask.SilentRows(ask.Sequence.Paths[i]);
        }

        return rows;
    }

    /// <summary>Reuses what the prefix cache has, and makes sure that the row of the next output is still to be computed.</summary>
    /// <returns>Whether that row is the next one of every path.</returns>
    private bool Prepare(Ask ask)
    {
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            TokenTree tree = plan.TreeOf(path);
            int reused = tree.Reuse(path);
            if (i < ask.OutputPaths && path.Computed > ask.NextIn(path))
            {
                tree.Forget(path, ask.NextIn(path));
            }

            reused = Math.Min(reused, path.Computed);
            ask.Sequence.Session.ReusedTokens += reused;
            counters.ReusedTokens += reused;
        }

        return !ask.IsPrompt && SilentRows(ask) == 0;
    }

    /// <summary>Rows up to its next output that its session pays for.</summary>
    private static int PriceOfNext(Ask ask)
    {
        int rows = 0;
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            rows += path.NewRows(ask.SilentRows(path) + (i < ask.OutputPaths ? 1 : 0));
        }

        return rows;
    }

    /// <summary>An ask whose next output its session cannot pay for gets no row: they would be spent for nothing.</summary>
    private void Plan(Ask ask, int most)
    {
        long left = ask.Sequence.Session.RemainingTokens - PriceOfNext(ask);
        ask.IsSpent = left < 0;
        if (ask.IsSpent)
        {
            return;
        }

        int rows = plan.Rows;
        ask.PlannedPass = _pass;
        if (!TryPlanOutputs(ask, (int)Math.Min(most, 1 + (left / ask.OutputPaths))))
        {
            PlanChunk(ask);
        }

        bool hasRows = plan.Rows > rows;
        ask.PlannedPass = hasRows ? _pass : -1;
        ask.PassesWithoutRows = hasRows ? 0 : ask.PassesWithoutRows + 1;
    }

    /// <summary>Plans as many outputs as fit and are paid for, of all paths alike, after all rows that come before them.</summary>
    private bool TryPlanOutputs(Ask ask, int most)
    {
        int silent = SilentRows(ask);
        int outputs = Math.Min(most, Room(ask));
        if (ask.IsPrompt)
        {
            outputs = prompts.Outputs(ask, silent, outputs);
        }

        bool hasTaps = ask.Taps is null || ask.Taps.Places.Count <= plan.LaneOf(ask.Sequence.Paths[0]).FreeTaps;
        bool hasRoom = hasTaps && outputs > 0 && (silent == 0 || prompts.Allows(ask, silent));
        if (!hasRoom || !(Reserve(ask, outputs) || (outputs > 1 && Reserve(ask, outputs = 1))))
        {
            return false;
        }

        for (int i = 0; i < ask.Paths; i++)
        {
            AddRows(ask, i, outputs);
        }

        plan.Promise(ask, outputs);
        return true;
    }

    /// <summary>How many outputs every lane has room for that has paths of the ask: a pass gives them on all paths, or none.</summary>
    private int Room(Ask ask)
    {
        int room = ask.Remaining;
        foreach (LaneBatch lane in plan.Lanes)
        {
            room = Math.Min(room, lane.Room(ask));
        }

        return room;
    }

    private void AddRows(Ask ask, int index, int outputs)
    {
        TokenPath path = ask.Sequence.Paths[index];
        int silent = ask.SilentRows(path);
        int rows = silent + (index < ask.OutputPaths ? outputs : 0);
        if (rows > 0)
        {
            prompts.Take(path, ask.IsPrompt ? rows : silent);
            ask.FirstRows[index] = plan.AddRows(ask, path, rows) + silent;
        }
    }

    /// <summary>Plans as much of a prompt as fits. The row of the next output waits for the pass that can take it on every path.</summary>
    private void PlanChunk(Ask ask)
    {
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            int rows = Math.Min(ask.SilentRows(path), Math.Min(prompts.Rows(path, path.Computed), plan.LaneOf(path).FreeRows));
            if (rows > 0 && Reserve(ask.Sequence, path, rows))
            {
                prompts.Take(path, rows);
                plan.AddRows(ask, path, rows);
            }
        }
    }

    private bool Reserve(Ask ask, int outputs)
    {
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            int rows = ask.SilentRows(path) + (i < ask.OutputPaths ? outputs : 0);
            if (rows > 0 && !Reserve(ask.Sequence, path, rows))
            {
                return false;
            }
        }

        return true;
    }

    private bool Reserve(Sequence sequence, TokenPath path, int rows)
    {
        if (!preemption.MayGrow(sequence.Session, path, rows))
        {
            return false;
        }

        while (!plan.TreeOf(path).TryReserve(path, rows))
        {
            if (!preemption.TryTake(sequence, path, rows))
            {
                return false;
            }
        }

        return true;
    }
}
