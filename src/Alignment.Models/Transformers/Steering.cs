using System.Runtime.InteropServices;
using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>
/// Adds the edits of a place in the order of the batch. Neighbours that share a tensor of vectors share a call: seldom more than one a
/// place.
/// </summary>
internal sealed class Steering(IBackend backend)
{
    private readonly List<RowEdit> _run = [];

    public void Apply(ReadOnlySpan<PlaceEdit> edits, HiddenPlace place, Tensor values)
    {
        Tensor? vectors = null;
        foreach (PlaceEdit edit in edits)
        {
            if (edit.Place != place)
            {
                continue;
            }

            if (vectors != edit.Vectors)
            {
                AddRun(vectors, values);
                vectors = edit.Vectors;
            }

            _run.Add(edit.Rows);
        }

        AddRun(vectors, values);
    }

    private void AddRun(Tensor? vectors, Tensor values)
    {
        if (vectors is not null)
        {
            backend.AddToRows(vectors, CollectionsMarshal.AsSpan(_run), values);
            _run.Clear();
        }
    }
}
