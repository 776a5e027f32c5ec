using Alignment.Compute.Contract;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// One pass over whatever is waiting: the rows of the batch, and which asks it gives outputs. Refilled for every pass without
/// allocating.
/// </summary>
internal sealed class PassPlan(TransformerLimits limits)
{
    private int _promisedOutputs;
    private int _promisedTaps;

    public ForwardBatch Batch { get; } = new(limits);

    /// <summary>Asks with promised outputs. Those of one path follow each other.</summary>
    public List<Ask> Answers { get; } = [];

    /// <summary>
    /// Paths whose prompt is not all computed before the pass: the prefix cache learns of each what the pass adds, and others may wait for
    /// it.
    /// </summary>
    public List<TokenPath> Prompts { get; } = [];

    /// <summary>Rows so far, without those that are computed again because their pages were lost.</summary>
    public int NewRows { get; private set; }

    public int FreeRows => limits.MaxRows - Batch.Rows;

    public int FreeOutputs => limits.MaxOutputs - _promisedOutputs;

    public int FreeTaps => limits.MaxTaps - _promisedTaps;

    public void Clear()
    {
        Batch.Clear();
        Answers.Clear();
        Prompts.Clear();
        (_promisedOutputs, _promisedTaps, NewRows) = (0, 0, 0);
    }

    /// <summary>Whether the pass computes the page that a path needs next, for another path that begins alike.</summary>
    public bool Computes(TokenPath path)
    {
        foreach (TokenPath other in Prompts)
        {
            if (path.CanTakeNextPageOf(other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds the next rows of a path, which must have pages for them, and counts them as computed.</summary>
    /// <returns>The first row.</returns>
    public int AddRows(TokenPath path, int rows)
    {
        int first = Batch.AddSegment(path.Tokens.Slice(path.Computed, rows), path.Computed, path.Pages, path.Key.Adapter);
        AddEdits(path, first, rows);
        NewRows += path.Advance(rows);
        return first;
    }

    /// <summary>Promises outputs from the rows that begin at <see cref="Ask.FirstRows"/>.</summary>
    public void Promise(Ask ask, int outputs)
    {
        ask.Promise(outputs);
        Answers.Add(ask);
        _promisedOutputs += outputs * ask.OutputPaths;
        _promisedTaps += ask.Taps?.Places.Count ?? 0;
    }

    /// <summary>Turns promises into outputs: those with logits come first.</summary>
    public void AssignOutputs()
    {
        AssignOutputs(logits: true);
        AssignOutputs(logits: false);
        AssignTaps();
    }

    /// <summary>For the log of a fault: the pass, then a line for each ask that it answers.</summary>
    public override string ToString()
        => string.Join(Environment.NewLine, [$"{Batch.Rows} rows, {Batch.Outputs} outputs", .. Answers.Select(Describe)]);

    private static string Describe(Ask ask)
    {
        Sequence sequence = ask.Sequence;
        string outputs = ask.Promised == 1 ? ask.Name : $"{ask.Name}, {ask.Promised} outputs";
        return $"session {sequence.Session.Order}, candidate {sequence.Candidate}: {outputs} of {sequence.Length} tokens, "
            + $"{sequence.Paths.Length} paths";
    }

    private void AddEdits(TokenPath path, int first, int rows)
    {
        if (path.Key.Edits is { } edits)
        {
            foreach (HiddenEdit edit in edits.Edits)
            {
                int unedited = Math.Max(0, edit.FirstPosition - path.Computed);
                if (unedited < rows)
                {
                    Batch.AddEdit(edit.Place, edit.Vectors, new RowEdit(first + unedited, rows - unedited, edit.Vector, edit.Strength));
                }
            }
        }
    }

    private void AssignTaps()
    {
        foreach (Ask ask in Answers)
        {
            ask.FirstTap = Batch.TapCount;
            for (int i = 0; i < (ask.Taps?.Places.Count ?? 0); i++)
            {
                Batch.AddTap(ask.Taps!.Places[i], ask.FirstRows[0] + ask.Promised - 1);
            }
        }
    }

    private void AssignOutputs(bool logits)
    {
        foreach (Ask ask in Answers)
        {
            for (int path = 0; path < ask.OutputPaths && ask.NeedsLogits == logits; path++)
            {
                ask.FirstOutputs[path] = Batch.Outputs;
                for (int i = 0; i < ask.Promised; i++)
                {
                    Batch.AddOutput(ask.FirstRows[path] + i, logits);
                }
            }
        }
    }
}
