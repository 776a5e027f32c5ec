using Alignment.Inference.Pages;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Fills a pass: waiting sequences in the order in which they began to wait, each with all the rows it needs, or with a chunk of its prompt where
/// those are too many. When pages run out, younger sessions give theirs up; they are computed again later, with the same result.
/// </summary>
internal sealed class Planner(TokenTree tree, PassPlan plan, EngineOptions options, EngineCounters counters)
{
    private long _pass;

    /// <summary>Plans a pass; what it answers leaves the waiting list.</summary>
    /// <param name="waiting">In order of age; sequences that no longer wait are dropped.</param>
    /// <param name="running">Sessions in order of age: who may lose pages.</param>
    public void Fill(List<Sequence> waiting, List<Session> running)
    {
        _pass++;
        plan.Clear();
        int kept = 0;
        for (int i = 0; i < waiting.Count; i++)
        {
            Sequence sequence = waiting[i];
            if (sequence.Waits != WaitKind.None && !Plan(sequence, running))
            {
                waiting[kept++] = sequence;
            }
        }

        waiting.RemoveRange(kept, waiting.Count - kept);
        plan.AssignOutputs();
    }

    /// <summary>Returns whether the pass answers the sequence.</summary>
    private bool Plan(Sequence sequence, List<Session> running)
    {
        if (plan.FreeRows == 0 || plan.FreeOutputs < sequence.Paths.Length)
        {
            return false;
        }

        long rowsBefore = plan.Batch.Rows;
        sequence.PlannedPass = _pass;
        bool answered = sequence.Waits == WaitKind.Scores ? PlanScores(sequence, running) : PlanAnswer(sequence, running);
        long rows = plan.Batch.Rows - rowsBefore;
        sequence.PlannedPass = rows > 0 ? _pass : -1;
        sequence.Session.ForwardTokens += rows;
        counters.ForwardTokens += rows;
        return answered;
    }

    private bool PlanAnswer(Sequence sequence, List<Session> running)
    {
        int paths = sequence.Waits == WaitKind.Hidden ? 1 : sequence.Paths.Length;
        int needed = 0;
        for (int i = 0; i < paths; i++)
        {
            needed += Prepare(sequence, sequence.Paths[i]);
        }

        int most = Math.Min(plan.FreeRows, Math.Max(options.PrefillChunk, paths));
        bool all = needed <= most;
        for (int i = 0; i < paths && most > 0; i++)
        {
            // The last token of every path waits for the pass that can take them all: their rows are the answer.
            TokenPath path = sequence.Paths[i];
            int rows = all ? path.Pending : Math.Min(most, path.Pending - 1);
            if (rows > 0 && !Reserve(sequence, path, rows, running))
            {
                return false;
            }

            most -= rows;
        }

        return all ? AddAnswer(sequence, paths) : AddChunk(sequence, paths);
    }

    /// <summary>Reuses what the prefix cache has; makes sure that there is a last row to compute.</summary>
    private int Prepare(Sequence sequence, TokenPath path)
    {
        if (path.Computed == 0 && path.PageCount == 0)
        {
            int reused = tree.Reuse(path);
            sequence.Session.ReusedTokens += reused;
            counters.ReusedTokens += reused;
        }

        if (path.Pending == 0)
        {
            tree.Forget(path, path.Length - 1);
        }

        return path.Pending;
    }

    private bool AddAnswer(Sequence sequence, int paths)
    {
        for (int i = 0; i < paths; i++)
        {
            sequence.PlannedRows[i] = plan.AddRows(sequence.Paths[i], sequence.Paths[i].Pending);
        }

        plan.AddAnswer(sequence);
        return true;
    }

    private bool AddChunk(Sequence sequence, int paths)
    {
        int most = Math.Min(plan.FreeRows, options.PrefillChunk);
        for (int i = 0; i < paths && most > 0; i++)
        {
            int rows = Math.Min(most, sequence.Paths[i].Pending - 1);
            if (rows > 0)
            {
                plan.AddRows(sequence.Paths[i], rows);
                most -= rows;
            }
        }

        return false;
    }

    /// <summary>Row p gives the scores of token p + 1, so the last token needs no row, and the tokens before the first scored one no output.</summary>
    private bool PlanScores(Sequence sequence, List<Session> running)
    {
        TokenPath path = sequence.Paths[0];
        ScoreRequest request = sequence.Scores!;
        int last = path.Length - 1;
        int rows = Math.Min(last - path.Computed, Math.Min(plan.FreeRows, options.PrefillChunk));
        int silent = Math.Clamp(request.From - 1 - path.Computed, 0, rows);
        rows = Math.Min(rows, silent + plan.FreeOutputs);
        if (rows > 0)
        {
            if (!Reserve(sequence, path, rows, running))
            {
                return false;
            }

            int firstToken = path.Computed + silent + 1;
            int lastRow = plan.AddRows(path, rows);
            plan.AddScores(sequence, lastRow - (rows - silent) + 1, firstToken, rows - silent);
        }

        if (path.Computed < last)
        {
            return false;
        }

        plan.FinishedScores.Add(sequence);
        return true;
    }

    private bool Reserve(Sequence sequence, TokenPath path, int rows, List<Session> running)
    {
        while (!tree.TryReserve(path, rows))
        {
            if (!TryPreempt(sequence, running))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes the pages of a sequence of the youngest session that is not older than the one in need.</summary>
    private bool TryPreempt(Sequence inNeed, List<Session> running)
    {
        for (int i = running.Count - 1; i >= 0 && running[i].Order >= inNeed.Session.Order; i--)
        {
            IReadOnlyList<Sequence> sequences = running[i].Sequences;
            for (int k = sequences.Count - 1; k >= 0; k--)
            {
                if (sequences[k] != inNeed && sequences[k].PlannedPass != _pass && TryDrop(sequences[k]))
                {
                    counters.Preemptions++;
                    return true;
                }
            }
        }

        return false;
    }

    private bool TryDrop(Sequence sequence)
    {
        bool held = false;
        foreach (TokenPath path in sequence.Paths)
        {
            held |= path.PageCount > 0;
            tree.Release(path);
        }

        return held;
    }
}
