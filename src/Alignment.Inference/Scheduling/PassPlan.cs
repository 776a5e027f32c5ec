using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// One pass over whatever is waiting: the rows of each lane's batch, and which asks it gives outputs. Refilled for every pass without
/// allocating.
/// </summary>
internal sealed class PassPlan(Lane[] lanes)
{
    private readonly List<(Ask Ask, TokenPath Path, int Rows)> _segments = [];

    /// <summary>One for each of the engine's lanes; those without rows are left out of the pass.</summary>
    public LaneBatch[] Lanes { get; } = Array.ConvertAll(lanes, lane => new LaneBatch(lane));

    /// <summary>Rows so far, of all lanes.</summary>
    public int Rows { get; private set; }

    /// <summary>Asks with promised outputs. Those of one path follow each other.</summary>
    public List<Ask> Answers { get; } = [];

    /// <summary>
    /// Paths whose prompt is not all computed before the pass: the prefix cache learns of each what the pass adds, and others may wait for
    /// it.
    /// </summary>
    public List<TokenPath> Prompts { get; } = [];

    public LaneBatch LaneOf(TokenPath path) => Lanes[path.Lane];

    /// <summary>Whose pages the path takes.</summary>
    public TokenTree TreeOf(TokenPath path) => LaneOf(path).Lane.Tree;

    public void Clear()
    {
        Array.ForEach(Lanes, static lane => lane.Clear());
        Answers.Clear();
        Prompts.Clear();
        _segments.Clear();
        Rows = 0;
    }

    /// <summary>Whether the pass computes the page that one of an ask's paths needs next, for another path that begins alike.</summary>
    public bool ComputesFor(Ask ask)
    {
        foreach (TokenPath path in ask.Sequence.Paths.AsSpan(0, ask.Paths))
        {
            if (Computes(path))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds the next rows of one of an ask's paths, which must have pages for them; once a pass.</summary>
    /// <returns>The first row.</returns>
    public int AddRows(Ask ask, TokenPath path, int rows)
    {
        int first = LaneOf(path).AddRows(path, rows);
        Rows += rows;
        _segments.Add((ask, path, rows));
        ask.Sequence.Session.ForwardTokens += path.NewRows(rows);
        return first;
    }

    /// <summary>
    /// The pass is over: its rows count as computed. Of one that never came to its end nothing counts, and whatever it wrote is written
    /// again.
    /// </summary>
    public void Commit(EngineCounters counters)
    {
        counters.Passes++;
        foreach ((_, TokenPath path, int rows) in _segments)
        {
            int newRows = path.Advance(rows);
            counters.ForwardTokens += rows;
            counters.RecomputedTokens += rows - newRows;
        }
    }

    /// <summary>The pass never came to its end: sessions do not pay for their rows.</summary>
    public void Revoke()
    {
        foreach ((Ask ask, TokenPath path, int rows) in _segments)
        {
            ask.Sequence.Session.ForwardTokens -= path.NewRows(rows);
        }
    }

    /// <summary>Keeps a part of every lane's outputs free until it is told otherwise.</summary>
    /// <param name="least">So many at least; 0: none.</param>
    /// <param name="share">One of so many.</param>
    public void Keep(int least, int share)
    {
        foreach (LaneBatch lane in Lanes)
        {
            lane.Kept = 0;
            lane.Kept = least == 0 ? 0 : Math.Max(least, lane.FreeOutputs / share);
        }
    }

    /// <summary>Promises outputs from the rows that begin at <see cref="Ask.FirstRows"/>.</summary>
    public void Promise(Ask ask, int outputs)
    {
        ask.Promise(outputs);
        Answers.Add(ask);
        for (int i = 0; i < ask.OutputPaths; i++)
        {
            LaneOf(ask.Sequence.Paths[i]).Promise(outputs);
        }

        LaneOf(ask.Sequence.Paths[0]).PromiseTaps(ask.Taps?.Places.Count ?? 0);
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
        => string.Join(Environment.NewLine, [.. Lanes.Select(Describe), .. Answers.Select(Describe)]);

    private static string Describe(LaneBatch lane) => $"{lane.Batch.Rows} rows, {lane.Batch.Outputs} outputs";

    private static string Describe(Ask ask)
    {
        Sequence sequence = ask.Sequence;
        string outputs = ask.Promised == 1 ? ask.Name : $"{ask.Name}, {ask.Promised} outputs";
        return $"session {sequence.Session.Order}, candidate {sequence.Candidate}: {outputs} of {sequence.Length} tokens, "
            + $"{sequence.Paths.Length} paths";
    }

    private void AssignTaps()
    {
        foreach (Ask ask in Answers)
        {
            ForwardBatch batch = LaneOf(ask.Sequence.Paths[0]).Batch;
            ask.FirstTap = batch.TapCount;
            for (int i = 0; i < (ask.Taps?.Places.Count ?? 0); i++)
            {
                batch.AddTap(ask.Taps!.Places[i], ask.FirstRows[0] + ask.Promised - 1);
            }
        }
    }

    private void AssignOutputs(bool logits)
    {
        foreach (Ask ask in Answers)
        {
            for (int path = 0; path < ask.OutputPaths && ask.NeedsLogits == logits; path++)
            {
                ForwardBatch batch = LaneOf(ask.Sequence.Paths[path]).Batch;
                ask.FirstOutputs[path] = batch.Outputs;
                for (int i = 0; i < ask.Promised; i++)
                {
                    batch.AddOutput(ask.FirstRows[path] + i, logits);
                }
            }
        }
    }

    private bool Computes(TokenPath path)
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
}
