using Alignment.Compute.Contract;

namespace Alignment.Compute.Reference;

/// <summary>Keys and values in the plainest order: <c>[layers, pages, slots, heads, headSize]</c>.</summary>
internal sealed class ReferenceCache(int layers, int pages, int keyValueHeads, int headSize) : KvCache(
    layers, pages, keyValueHeads, headSize)
{
    private readonly float[] _keys = new float[(long)layers * pages * PageSize * keyValueHeads * headSize];
    private readonly float[] _values = new float[(long)layers * pages * PageSize * keyValueHeads * headSize];

    public Span<float> Key(int layer, int[] table, int position, int head) =>
        At(_keys, layer, table[position / PageSize], position % PageSize, head);

    public Span<float> Value(int layer, int[] table, int position, int head) =>
        At(_values, layer, table[position / PageSize], position % PageSize, head);

    public void CopyPage(int source, int destination)
    {
        for (int layer = 0; layer < Layers; layer++)
        {
            for (int slot = 0; slot < PageSize; slot++)
            {
                for (int head = 0; head < KeyValueHeads; head++)
                {
                    At(_keys, layer, source, slot, head).CopyTo(At(_keys, layer, destination, slot, head));
                    At(_values, layer, source, slot, head).CopyTo(At(_values, layer, destination, slot, head));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private Span<float> At(float[] numbers, int layer, int page, int slot, int head)
        => numbers.AsSpan(((((((layer * Pages) + page) * PageSize) + slot) * KeyValueHeads) + head) * HeadSize, HeadSize);
}
