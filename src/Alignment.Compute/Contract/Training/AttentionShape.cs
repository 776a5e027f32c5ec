namespace Alignment.Compute.Contract.Training;

/// <summary>Sizes of grouped-query attention.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key/value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadSize">Width of one head.</param>
public readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize)
{
    /// <summary>Query heads that share one key/value head.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>Width of all query heads.</summary>
    public int QuerySize => Heads * HeadSize;

    /// <summary>Width of all key (or value) heads.</summary>
    public int KeyValueSize => KeyValueHeads * HeadSize;

    /// <summary>Width of a row [queries | keys | values].</summary>
    public int Width => QuerySize + (2 * KeyValueSize);

    /// <summary>1 / sqrt(head size).</summary>
    public float Scale => 1 / MathF.Sqrt(HeadSize);
}
