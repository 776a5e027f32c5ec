
namespace Alignment.Compute.Contract;

/// <summary>
/// What every backend asks of the arguments of <see cref="IBackend"/> before it computes: kernels trust them. Mistakes throw
/// <see cref="ArgumentException"/>.
/// </summary>
public static class BackendContract
{
    /// <exception cref="ArgumentException">The condition does not hold.</exception>
    public static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ArgumentException(problem);
        }
    }

    /// <summary>A tensor of so many columns with at least so many rows.</summary>
    public static void RequireRows(Tensor tensor, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (rows < 0 || rows > tensor.Rows || columns != tensor.Columns)
        {
            throw new ArgumentException($"A tensor of [{rows}, {columns}] is needed, not [{tensor.Rows}, {tensor.Columns}].");
        }
    }

    /// <summary>Every index is one of so many.</summary>
    public static void RequireIndexes(ReadOnlySpan<int> indexes, int count, string problem)
    {
        foreach (int index in indexes)
        {
            Require((uint)index < (uint)count, problem);
        }
    }

    /// <summary>Weights that one matrix can hold; returns their rows together.</summary>
    public static int RequireStack(ReadOnlySpan<WeightSource> sources)
    {
        Require(!sources.IsEmpty, "At least one weight is needed.");
        int outputs = 0;
        foreach (WeightSource source in sources)
        {
            if (source.Inputs != sources[0].Inputs || source.Type != sources[0].Type || source.Inputs < 1 || source.Outputs < 1)
            {
                throw new ArgumentException(
                    $"Cannot stack [{source.Outputs}, {source.Inputs}] {source.Type} under [{sources[0].Outputs}, {sources[0].Inputs}] "
                    + $"{sources[0].Type}.",
                    nameof(sources));
            }

            outputs = checked(outputs + source.Outputs);
        }

        return outputs;
    }

    /// <summary>LoRA pairs that fit the rows, inputs and outputs of a matmul.</summary>
    public static void RequirePairs(ReadOnlySpan<LoraRows> pairs, int rows, WeightMatrix weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        foreach (LoraRows pair in pairs)
        {
            bool inside = pair.FirstRow >= 0
                && pair.Rows >= 0
                && pair.Rows <= rows - pair.FirstRow
                && pair.FirstColumn >= 0
                && pair.Pair.Outputs <= weight.Outputs - pair.FirstColumn;
            Require(inside && pair.Pair.Inputs == weight.Inputs, "A LoRA pair does not fit its matmul.");
        }
    }

    /// <summary>Segments whose pages are there, over rows of queries, keys and values; returns the rows that they reach.</summary>
    public static int RequireSegments(Tensor qkv, ReadOnlySpan<RowSegment> segments, int heads, int layer, KvCache cache)
    {
        ArgumentNullException.ThrowIfNull(cache);
        Require((uint)layer < (uint)cache.Layers, "There is no such layer.");
        Require(heads % cache.KeyValueHeads == 0, "Key/value heads must divide the heads.");
        int rows = 0;
        foreach (RowSegment segment in segments)
        {
            int positions = checked(segment.FirstPosition + segment.Rows);
            Require(segment.FirstRow >= 0 && segment.Rows > 0 && segment.FirstPosition >= 0, "A segment has negative numbers.");
            Require((positions - 1) / KvCache.PageSize < Math.Min(segment.Pages.Length, cache.Pages), "A segment has too few pages.");
            rows = Math.Max(rows, checked(segment.FirstRow + segment.Rows));
        }

        RequireRows(qkv, rows, (heads + (2 * cache.KeyValueHeads)) * cache.HeadSize);
        return rows;
    }

    /// <summary>A rotary table for the cache's heads that reaches every position.</summary>
    public static void RequireRotary(RotaryTable rotary, ReadOnlySpan<RowSegment> segments, KvCache cache)
    {
        ArgumentNullException.ThrowIfNull(rotary);
        ArgumentNullException.ThrowIfNull(cache);
        Require(rotary.HalfHead * 2 == cache.HeadSize, "The rotary table is for another head size.");
        foreach (RowSegment segment in segments)
        {
            Require(
                (long)(segment.FirstPosition + segment.Rows) * rotary.HalfHead <= rotary.Cosines.Length,
                "A position lies beyond the rotary table.");
        }
    }

    /// <summary>A row with its guides and, where it has them, its given token and its mask inside the logits.</summary>
    public static void RequireChoice(in NextTokenRow row)
    {
        RequireRows(row.Logits, row.Row + 1, row.Logits.Columns);
        Require(
            row.Row >= 0 && row.Vocabulary > 0 && row.Vocabulary <= row.Logits.Columns, "A row or its vocabulary lies outside the logits.");
        Require(row.Given is not { } given || (uint)given < (uint)row.Vocabulary, "A given token lies outside the vocabulary.");
        Require(row.Mask is not { } mask || mask.Vocabulary >= row.Vocabulary, "A mask has fewer tokens than the vocabulary.");
        Require(row.Choice.GuideLogProbabilities.Length >= row.GuideCount, "The choice has no room for the guides.");
        foreach (GuideRow guide in row.Guides.AsSpan(0, row.GuideCount))
        {
            RequireRows(guide.Logits, guide.Row + 1, guide.Logits.Columns);
            Require(guide.Row >= 0 && guide.Logits.Columns >= row.Vocabulary, "A guide has fewer logits than the vocabulary.");
        }
    }
}
