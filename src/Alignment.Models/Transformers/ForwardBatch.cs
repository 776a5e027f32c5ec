using System.Runtime.InteropServices;
using Alignment.Compute.Contract;

namespace Alignment.Models.Transformers;

/// <summary>
/// What one forward pass computes: segments of consecutive tokens, each with its pages and adapter, and the rows whose results are wanted;
/// on demand also vectors that are added to hidden states between the layers (edits), and hidden states to keep (taps). Filled anew for
/// every pass, without allocating.
/// </summary>
public sealed class ForwardBatch(TransformerLimits limits)
{
    private readonly int[] _tokens = new int[limits.MaxRows];
    private readonly RowSegment[] _segments = new RowSegment[limits.MaxRows];
    private readonly Adapter?[] _adapters = new Adapter?[limits.MaxRows];
    private readonly int[] _outputRows = new int[limits.MaxOutputs];
    private readonly PlaceTap[] _taps = new PlaceTap[limits.MaxTaps];
    private readonly List<PlaceEdit> _edits = [];

    /// <summary>Tokens so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Wanted rows so far.</summary>
    public int Outputs { get; private set; }

    /// <summary>The first so many of the outputs also get logits.</summary>
    public int LogitOutputs { get; private set; }

    /// <summary>Taps so far.</summary>
    public int TapCount { get; private set; }

    internal ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Rows);

    internal ReadOnlySpan<RowSegment> Segments => _segments.AsSpan(0, SegmentCount);

    internal ReadOnlySpan<Adapter?> Adapters => _adapters.AsSpan(0, SegmentCount);

    internal ReadOnlySpan<int> OutputRows => _outputRows.AsSpan(0, Outputs);

    internal ReadOnlySpan<PlaceEdit> Edits => CollectionsMarshal.AsSpan(_edits);

    internal ReadOnlySpan<PlaceTap> Taps => _taps.AsSpan(0, TapCount);

    private int SegmentCount { get; set; }

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        Array.Clear(_adapters, 0, SegmentCount);
        _edits.Clear();
        (Rows, Outputs, LogitOutputs, TapCount, SegmentCount) = (0, 0, 0, 0, 0);
    }

    /// <summary>Adds consecutive tokens of one sequence.</summary>
    /// <param name="tokens">At least one.</param>
    /// <param name="firstPosition">Position of the first.</param>
    /// <param name="pages">Page table of the sequence, long enough for the last of the positions.</param>
    /// <param name="adapter">LoRA weights over these rows; null is the frozen model.</param>
    /// <returns>Row of the first token.</returns>
    /// <exception cref="InvalidOperationException">There is no room for so many rows.</exception>
    public int AddSegment(ReadOnlySpan<int> tokens, int firstPosition, int[] pages, Adapter? adapter)
    {
        if (tokens.IsEmpty || tokens.Length > _tokens.Length - Rows)
        {
            throw new InvalidOperationException($"{tokens.Length} rows do not fit a batch of {_tokens.Length} that has {Rows}.");
        }

        int first = Rows;
        tokens.CopyTo(_tokens.AsSpan(first));
        _adapters[SegmentCount] = adapter;
        _segments[SegmentCount++] = new RowSegment(first, tokens.Length, firstPosition, pages);
        Rows += tokens.Length;
        return first;
    }

    /// <summary>Asks for a row's result. Outputs with logits come before those without.</summary>
    /// <returns>Row of <see cref="Transformer.Hidden"/>, and of <see cref="Transformer.Logits"/> where asked for.</returns>
    /// <exception cref="InvalidOperationException">There is no room, or the order is wrong.</exception>
    public int AddOutput(int row, bool logits)
    {
        if (Outputs == _outputRows.Length || (logits && LogitOutputs < Outputs))
        {
            throw new InvalidOperationException($"A batch has room for {_outputRows.Length} outputs, those with logits first.");
        }

        _outputRows[Outputs] = row;
        LogitOutputs += logits ? 1 : 0;
        return Outputs++;
    }

    /// <summary>Adds a vector to the hidden states of consecutive rows. Edits of one row are added in the order of these calls.</summary>
    /// <param name="place">Where.</param>
    /// <param name="vectors">
    /// Tensor <c>[any, hidden]</c> of the model's backend that has the vector; must live until the pass is over.
    /// </param>
    /// <param name="edit">Its rows are rows of this batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows, or there is no such vector.</exception>
    public void AddEdit(HiddenPlace place, Tensor vectors, RowEdit edit)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (!edit.Fits(vectors.Rows, Rows))
        {
            throw new ArgumentOutOfRangeException(nameof(edit), edit, $"There are {vectors.Rows} vectors and {Rows} rows.");
        }

        _edits.Add(new PlaceEdit(place, vectors, edit));
    }

    /// <summary>Asks for a row's hidden state at a place, edits included. Places and rows may come in any order.</summary>
    /// <returns>Row of <see cref="Transformer.Tapped"/>.</returns>
    /// <exception cref="InvalidOperationException">There is no room.</exception>
    public int AddTap(HiddenPlace place, int row)
    {
        if (TapCount == _taps.Length)
        {
            throw new InvalidOperationException($"A batch has room for {_taps.Length} taps.");
        }

        _taps[TapCount] = new PlaceTap(place, row);
        return TapCount++;
    }
}
