using Alignment.Compute.Backends;

namespace Alignment.Models;

/// <summary>
/// What one forward pass computes: segments of consecutive tokens, each with its pages and adapter, and the rows whose results are wanted. Filled
/// anew for every pass, without allocating.
/// </summary>
public sealed class ForwardBatch(TransformerLimits limits)
{
    private readonly int[] _tokens = new int[limits.MaxRows];
    private readonly RowSegment[] _segments = new RowSegment[limits.MaxRows];
    private readonly Adapter?[] _adapters = new Adapter?[limits.MaxRows];
    private readonly int[] _outputRows = new int[limits.MaxOutputs];

    /// <summary>Tokens so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Wanted rows so far.</summary>
    public int Outputs { get; private set; }

    /// <summary>The first so many of the outputs also get logits.</summary>
    public int LogitOutputs { get; private set; }

    internal ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Rows);

    internal ReadOnlySpan<RowSegment> Segments => _segments.AsSpan(0, SegmentCount);

    internal ReadOnlySpan<Adapter?> Adapters => _adapters.AsSpan(0, SegmentCount);

    internal ReadOnlySpan<int> OutputRows => _outputRows.AsSpan(0, Outputs);

    private int SegmentCount { get; set; }

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        Array.Clear(_adapters, 0, SegmentCount);
        (Rows, Outputs, LogitOutputs, SegmentCount) = (0, 0, 0, 0);
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
}
