using Alignment.Compute.Contract;
using Alignment.Inference.HiddenStates;
using Alignment.Inference.Pages;
using Alignment.Inference.Sessions;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Scheduling;

/// <summary>One lane's part of a pass: the rows of its batch, and what is promised of them.</summary>
internal sealed class LaneBatch(Lane lane)
{
    private readonly TransformerLimits _limits = lane.Model.Limits;
    private int _promisedOutputs;
    private int _promisedTaps;

    public Lane Lane => lane;

    public ForwardBatch Batch { get; } = new(lane.Model.Limits);

    public int FreeRows => _limits.MaxRows - Batch.Rows;

    /// <summary>Outputs that are not free for now.</summary>
    public int Kept { get; set; }

    public int FreeOutputs => _limits.MaxOutputs - _promisedOutputs - Kept;

    public int FreeTaps => _limits.MaxTaps - _promisedTaps;

    public void Clear()
    {
        Batch.Clear();
        (_promisedOutputs, _promisedTaps) = (0, 0);
    }

    /// <summary>How many outputs of each of an ask's paths in this lane there is room for, after all rows that come before them.</summary>
    public int Room(Ask ask)
    {
        int free = FreeRows;
        int outputs = 0;
        for (int i = 0; i < ask.Paths; i++)
        {
            TokenPath path = ask.Sequence.Paths[i];
            if (path.Lane == lane.Index)
            {
                free -= ask.SilentRows(path);
                outputs += i < ask.OutputPaths ? 1 : 0;
            }
        }

        return outputs > 0 ? Math.Max(0, Math.Min(free, FreeOutputs)) / outputs : free < 0 ? 0 : int.MaxValue;
    }

    /// <summary>Adds the next rows of a path, which must have pages for them.</summary>
    /// <returns>The first row.</returns>
    public int AddRows(TokenPath path, int rows)
    {
        int first = Batch.AddSegment(path.Tokens.Slice(path.Computed, rows), path.Computed, path.Pages, path.Key.Adapter);
        AddEdits(path, first, rows);
        return first;
    }

    public void Promise(int outputs) => _promisedOutputs += outputs;

    public void PromiseTaps(int taps) => _promisedTaps += taps;

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
}
