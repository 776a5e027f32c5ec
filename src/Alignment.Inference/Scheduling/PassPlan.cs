using Alignment.Inference.Pages;
using Alignment.Models;

namespace Alignment.Inference.Scheduling;

/// <summary>
/// One pass over whatever is waiting: the rows of the batch, and which sequences it answers from which outputs. Refilled for every pass without
/// allocating.
/// </summary>
internal sealed class PassPlan(TransformerLimits limits)
{
    private readonly List<Sequence> _hidden = [];
    private int _promisedOutputs;

    public ForwardBatch Batch { get; } = new(limits);

    /// <summary>Sequences whose next token this pass gives; outputs of one follow each other, one for each path.</summary>
    public List<(Sequence Sequence, int FirstOutput)> Choices { get; } = [];

    /// <summary>Sequences whose hidden state this pass gives, with the output.</summary>
    public List<(Sequence Sequence, int Output)> Hidden { get; } = [];

    /// <summary>Known tokens that outputs score.</summary>
    public List<ScoredRows> Scores { get; } = [];

    /// <summary>Sequences whose known tokens are all scored after this pass.</summary>
    public List<Sequence> FinishedScores { get; } = [];

    public int FreeRows => limits.MaxRows - Batch.Rows;

    public int FreeOutputs => limits.MaxOutputs - _promisedOutputs;

    public void Clear()
    {
        Batch.Clear();
        Choices.Clear();
        Hidden.Clear();
        Scores.Clear();
        FinishedScores.Clear();
        _hidden.Clear();
        _promisedOutputs = 0;
    }

    /// <summary>Adds the next rows of a path, which must have pages for them, and counts them as computed.</summary>
    /// <returns>The last row.</returns>
    public int AddRows(TokenPath path, int rows)
    {
        int first = Batch.AddSegment(path.Tokens.Slice(path.Computed, rows), path.Computed, path.Pages, path.Key.Adapter);
        path.Computed += rows;
        return first + rows - 1;
    }

    /// <summary>Promises a sequence the outputs of its <see cref="Sequence.PlannedRows"/>.</summary>
    public void AddAnswer(Sequence sequence)
    {
        if (sequence.Waits == WaitKind.Hidden)
        {
            _hidden.Add(sequence);
            _promisedOutputs++;
            return;
        }

        Choices.Add((sequence, -1));
        _promisedOutputs += sequence.PlannedRows.Length;
    }

    /// <summary>Promises scores of <paramref name="count"/> tokens from rows that begin at <paramref name="firstRow"/>.</summary>
    public void AddScores(Sequence sequence, int firstRow, int firstToken, int count)
    {
        Scores.Add(new ScoredRows(sequence, firstRow, firstToken, count));
        _promisedOutputs += count;
    }

    /// <summary>Turns promises into outputs: those with logits come first.</summary>
    public void AssignOutputs()
    {
        for (int i = 0; i < Choices.Count; i++)
        {
            Sequence sequence = Choices[i].Sequence;
            Choices[i] = (sequence, Batch.Outputs);
            foreach (int row in sequence.PlannedRows)
            {
                Batch.AddOutput(row, logits: true);
            }
        }

        for (int i = 0; i < Scores.Count; i++)
        {
            int output = Batch.Outputs;
            for (int row = 0; row < Scores[i].Count; row++)
            {
                Batch.AddOutput(Scores[i].First + row, logits: true);
            }

            Scores[i] = Scores[i] with { First = output };
        }

        foreach (Sequence sequence in _hidden)
        {
            Hidden.Add((sequence, Batch.AddOutput(sequence.PlannedRows[0], logits: false)));
        }
    }

    /// <summary>For the log of a fault: the pass, then a line for each sequence that it answers.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        [
            $"{Batch.Rows} rows, {Batch.Outputs} outputs",
            .. Choices.Select(choice => Describe("next token", choice.Sequence)),
            .. _hidden.Select(sequence => Describe("hidden state", sequence)),
            .. Scores.Select(rows => Describe($"{rows.Count} scores", rows.Sequence)),
        ]);

    private static string Describe(string answer, Sequence sequence)
        => $"session {sequence.Session.Order}, candidate {sequence.Candidate}: {answer} of {sequence.Length} tokens, {sequence.Paths.Length} paths";
}
