using Alignment.Inference.Pages;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// Fills a pass: first the sequences that are one row from their answer, then prompts, in chunks, with the rows that are left; each in the order in which
/// they began to wait. When pages run out, younger sequences give theirs up; they are computed again later, with the same result.
/// </summary>
internal sealed class Planner(TokenTree tree, PassPlan plan, EngineOptions options, EngineCounters counters)
{
    private long _pass;
    private int _freePromptRows;

    /// <summary>Plans a pass; what it answers leaves the waiting list.</summary>
    /// <param name="waiting">In the order in which they began to wait; sequences that no longer wait are dropped.</param>
    /// <param name="running">Sessions in order of age: who may lose pages.</param>
    public void Fill(List<Sequence> waiting, List<Session> running)
    {
        _pass++;
        _freePromptRows = options.PrefillChunk;
        plan.Clear();
        foreach (Sequence sequence in waiting)
        {
            if (sequence.Waits != WaitKind.None && Prepare(sequence))
            {
                Plan(sequence, running);
            }
        }

        foreach (Sequence sequence in waiting)
        {
            if (sequence.Waits != WaitKind.None && sequence.PlannedPass != _pass)
            {
                Plan(sequence, running);
            }
        }

        waiting.RemoveAll(static sequence => sequence.Waits == WaitKind.None || sequence.IsAnswered);
        plan.AssignOutputs();
    }

    /// <summary>Whether the last pass computes rows of the sequence.</summary>
    public bool IsPlanned(Sequence sequence) => sequence.PlannedPass == _pass;

    /// <summary>Rows that the answer needs. A hidden state is the frozen model's alone; the shadow paths only catch up to the token before.</summary>
    private static int Rows(Sequence sequence, int path)
        => sequence.Waits == WaitKind.Hidden && path > 0 ? Math.Max(0, sequence.Paths[path].Pending - 1) : sequence.Paths[path].Pending;

    /// <summary>Rows of all paths.</summary>
    private static int Rows(Sequence sequence)
    {
        int rows = 0;
        for (int path = 0; path < sequence.Paths.Length; path++)
        {
            rows += Rows(sequence, path);
        }

        return rows;
    }

    /// <summary>Reuses what the prefix cache has, and makes sure that there is a last row to compute.</summary>
    /// <returns>Whether the sequence is one row a path from its answer.</returns>
    private bool Prepare(Sequence sequence)
    {
        if (sequence.Waits == WaitKind.Scores)
        {
            return false;
        }

        for (int i = 0; i < sequence.Paths.Length; i++)
        {
            TokenPath path = sequence.Paths[i];
            if (path.Computed == 0 && path.PageCount == 0)
            {
                int reused = tree.Reuse(path);
                sequence.Session.ReusedTokens += reused;
                counters.ReusedTokens += reused;
            }

            if (path.Pending == 0 && (i == 0 || sequence.Waits == WaitKind.Next))
            {
                tree.Forget(path, path.Length - 1);
            }
        }

        return Rows(sequence) <= sequence.Paths.Length;
    }

    private void Plan(Sequence sequence, List<Session> running)
    {
        long rowsBefore = plan.Batch.Rows;
        sequence.PlannedPass = _pass;
        sequence.IsAnswered = sequence.Waits == WaitKind.Scores ? PlanScores(sequence, running) : PlanAnswer(sequence, running) || PlanChunk(sequence, running);
        long rows = plan.Batch.Rows - rowsBefore;
        sequence.PlannedPass = rows > 0 ? _pass : -1;
        sequence.Session.ForwardTokens += rows;
        counters.ForwardTokens += rows;
    }

    /// <summary>Plans all rows that a sequence lacks, if they fit.</summary>
    private bool PlanAnswer(Sequence sequence, List<Session> running)
    {
        int rows = Rows(sequence);
        bool isPrompt = rows > sequence.Paths.Length;
        if (rows > plan.FreeRows || (isPrompt && rows > _freePromptRows) || sequence.Paths.Length > plan.FreeOutputs || !Reserve(sequence, running))
        {
            return false;
        }

        for (int i = 0; i < sequence.Paths.Length; i++)
        {
            if (Rows(sequence, i) > 0)
            {
                sequence.PlannedRows[i] = plan.AddRows(sequence.Paths[i], Rows(sequence, i));
            }
        }

        _freePromptRows -= isPrompt ? rows : 0;
        plan.AddAnswer(sequence);
        return true;
    }

    /// <summary>Plans as much of a prompt as fits. The last token of every path waits for the pass that can take them all: their rows are the answer.</summary>
    private bool PlanChunk(Sequence sequence, List<Session> running)
    {
        foreach (TokenPath path in sequence.Paths)
        {
            int rows = Math.Min(path.Pending - 1, Math.Min(_freePromptRows, plan.FreeRows));
            if (rows > 0 && Reserve(sequence, path, rows, running))
            {
                plan.AddRows(path, rows);
                _freePromptRows -= rows;
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
        int rows = Math.Min(last - path.Computed, Math.Min(plan.FreeRows, _freePromptRows));
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
            _freePromptRows -= rows;
            plan.AddScores(sequence, lastRow - (rows - silent) + 1, firstToken, rows - silent);
        }

        if (path.Computed < last)
        {
            return false;
        }

        plan.FinishedScores.Add(sequence);
        return true;
    }

    private bool Reserve(Sequence sequence, List<Session> running)
    {
        for (int i = 0; i < sequence.Paths.Length; i++)
        {
            if (Rows(sequence, i) > 0 && !Reserve(sequence, sequence.Paths[i], Rows(sequence, i), running))
            {
                return false;
            }
        }

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

    /// <summary>
    /// Takes the pages of the youngest sequence that is younger than the one in need, or that its program does not wait for. So the oldest one that waits
    /// can have all pages but those of this pass, and the others never take them from each other in turn.
    /// </summary>
    private bool TryPreempt(Sequence inNeed, List<Session> running)
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
                bool mayLose = victim != inNeed && victim.PlannedPass != _pass && (isYounger || victim.Waits == WaitKind.None);
                if (mayLose && TryDrop(victim))
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
