using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Fills a pass: first the asks whose next row is an output, in the order in which they began to wait, then prompts, in chunks and in
/// turns, with the rows that are left. Of prompts that begin alike one computes what they have in common, and the others wait for its
/// pages. When pages run out, younger sequences give theirs up; they are computed again later, with the same result.
/// </summary>
internal sealed class Planner(PassPlan plan, PromptTurns prompts, EngineCounters counters)
{
    private long _pass;

    /// <summary>Plans a pass; what it answers leaves the waiting list.</summary>
    /// <param name="waiting">In the order in which they began to wait; asks that no longer wait are dropped.</param>
    /// <param name="running">Sessions in order of age: who may lose pages.</param>
    public void Fill(List<Ask> waiting, List<Session> running)
    {
        _pass++;
        plan.Clear();
        prompts.Clear();
        foreach (Ask ask in waiting)
        {
            if (!ask.IsWaiting || ask.IsSpent)
            {
                continue;
            }

            if (Prepare(ask))
            {
                Plan(ask, running);
            }
            else
            {
                prompts.Add(ask);
            }
        }

        PlanPrompts(running);
        waiting.RemoveAll(static ask => !ask.IsWaiting || ask.IsAnswered);
        plan.AssignOutputs();
    }

    /// <summary>Whether the last pass computes rows of the sequence.</summary>
    public bool IsPlanned(Sequence sequence) => sequence.Ask?.PlannedPass == _pass;

    private void PlanPrompts(List<Session> running)
    {
        prompts.Sort();
        for (int turn = 0; turn < prompts.Count; turn++)
        {
            Ask ask = prompts.Begin(turn);
            if (plan.Computes(ask.Sequence.Paths[0]))
            {
                continue;
            }

            Plan(ask, running);
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
            TokenTree tree = TreeOf(path);
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
    private void Plan(Ask ask, List<Session> running)
    {
        long left = ask.Sequence.Session.RemainingTokens - PriceOfNext(ask);
        ask.IsSpent = left < 0;
        if (ask.IsSpent)
        {
            return;
        }

        (int rowsBefore, int newRowsBefore) = (plan.Rows, plan.NewRows);
        ask.PlannedPass = _pass;
        if (!TryPlanOutputs(ask, 1 + (left / ask.OutputPaths), running))
        {
            PlanChunk(ask, running);
        }

        int rows = plan.Rows - rowsBefore;
        int newRows = plan.NewRows - newRowsBefore;
        ask.PlannedPass = rows > 0 ? _pass : -1;
        ask.PassesWithoutRows = rows > 0 ? 0 : ask.PassesWithoutRows + 1;
        ask.Sequence.Session.ForwardTokens += newRows;
        counters.ForwardTokens += rows;
        counters.RecomputedTokens += rows - newRows;
    }

    /// <summary>Plans as many outputs as fit and are paid for, of all paths alike, after all rows that come before them.</summary>
    private bool TryPlanOutputs(Ask ask, long paidFor, List<Session> running)
    {
        int silent = SilentRows(ask);
        int outputs = (int)Math.Min(Room(ask), paidFor);
        if (ask.IsPrompt)
        {
            // Rounded up: a chunk smaller than the number of paths would give none for ever.
            outputs = Math.Min(outputs, (prompts.Rows(ask.Next) - silent + ask.OutputPaths - 1) / ask.OutputPaths);
        }

        bool hasTaps = ask.Taps is null || ask.Taps.Places.Count <= plan.LaneOf(ask.Sequence.Paths[0]).FreeTaps;
        bool hasRoom = hasTaps && outputs > 0 && (silent == 0 || prompts.Allows(ask));
        if (!hasRoom || !(Reserve(ask, outputs, running) || (outputs > 1 && Reserve(ask, outputs = 1, running))))
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

    private TokenTree TreeOf(TokenPath path) => plan.LaneOf(path).Lane.Tree;

    private void AddRows(Ask ask, int index, int outputs)
    {
        TokenPath path = ask.Sequence.Paths[index];
        int silent = ask.SilentRows(path);
        int rows = silent + (index < ask.OutputPaths ? outputs : 0);
        if (rows > 0)
        {
            prompts.Take(path.Computed, ask.IsPrompt ? rows : silent);
            ask.FirstRows[index] = plan.AddRows(path, rows) + silent;
        }
    }

    /// <summary>Plans as much of a prompt as fits. The row of the next output waits for the pass that can take it on every path.</summary>
    private void PlanChunk(Ask ask, List<Session> running)
    {
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            int rows = Math.Min(ask.SilentRows(path), Math.Min(prompts.Rows(path.Computed), plan.LaneOf(path).FreeRows));
            if (rows > 0 && Reserve(ask.Sequence, path, rows, running))
            {
                prompts.Take(path.Computed, rows);
                plan.AddRows(path, rows);
            }
        }
    }

    private bool Reserve(Ask ask, int outputs, List<Session> running)
    {
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            int rows = ask.SilentRows(path) + (i < ask.OutputPaths ? outputs : 0);
            if (rows > 0 && !Reserve(ask.Sequence, path, rows, running))
            {
                return false;
            }
        }

        return true;
    }

    private bool Reserve(Sequence sequence, TokenPath path, int rows, List<Session> running)
    {
        while (!TreeOf(path).TryReserve(path, rows))
        {
            if (!TryPreempt(sequence, path.Lane, running))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Takes the pages, in the lane that has too few, of the youngest sequence that is younger than the one in need, or that its program
    /// does not wait for. So the oldest one that waits can have all pages but those of this pass, and the others never take them from each
    /// other in turn.
    /// </summary>
    private bool TryPreempt(Sequence inNeed, int lane, List<Session> running)
    {
        bool isYounger = true;
        for (int i = running.Count - 1; i >= 0; i--)
        {
            IReadOnlyList<Sequence> sequences = running[i].Sequences;
            isYounger &= running[i].Order >= inNeed.Session.Order;
            for (int k = sequences.Count - 1; k >= 0; k--)
            {
                Sequence victim = sequences[k];
                isYounger &= victim != inNeed;
                bool mayLose = victim != inNeed && !IsPlanned(victim) && (isYounger || victim.Ask is null);
                if (mayLose && TryDrop(victim, lane))
                {
                    counters.Preemptions++;
                    return true;
                }
            }
        }

        return false;
    }

    private bool TryDrop(Sequence sequence, int lane)
    {
        bool held = false;
        foreach (TokenPath path in sequence.Paths)
        {
            if (path.Lane == lane)
            {
                held |= path.PageCount > 0;
                TreeOf(path).Release(path);
            }
        }

        return held;
    }
}
