using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Layouts;

/// <summary>
/// f32 keys and values. A page has as many slots as a register has numbers, so a head's keys lie transposed, <c>[headSize, 16 slots]</c>:
/// one register holds a number of 16 tokens and scores need no sum across a register. Values are <c>[16 slots, paddedHeadSize]</c>. A page
/// of a layer is one block.
/// </summary>
internal sealed unsafe class PagedCache : KvCache
{
    private readonly NativeBuffer<float> _numbers;
    private readonly long _headNumbers;
    private readonly long _pageNumbers;

    public PagedCache(int layers, int pages, int keyValueHeads, int headSize)
        : base(layers, pages, keyValueHeads, headSize)
    {
        PaddedHeadSize = Padded(headSize);
        _headNumbers = HeadNumbers(headSize);
        _pageNumbers = _headNumbers * keyValueHeads;
        _numbers = new NativeBuffer<float>(checked(_pageNumbers * pages * layers));
    }

    /// <summary>Bytes of a page in all layers.</summary>
    public static long PageBytes(int layers, int keyValueHeads, int headSize)
        => checked(HeadNumbers(headSize) * keyValueHeads * layers * sizeof(float));

    /// <summary>Numbers from one value to the next; the padding is zero.</summary>
    public int PaddedHeadSize { get; }

    /// <summary>Keys of one head, <c>[headSize, 16]</c>.</summary>
    public float* Keys(int layer, int page, int head) => Page(layer, page) + (head * _headNumbers);

    /// <summary>Values of one head, <c>[16, PaddedHeadSize]</c>.</summary>
    public float* Values(int layer, int page, int head) => Keys(layer, page, head) + (PageSize * HeadSize);

    /// <summary>Copies a page in all layers.</summary>
    public void CopyPage(int source, int destination)
    {
        for (int layer = 0; layer < Layers; layer++)
        {
            new Span<float>(Page(layer, source), (int)_pageNumbers).CopyTo(new Span<float>(Page(layer, destination), (int)_pageNumbers));
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _numbers.Dispose();

    private static int Padded(int headSize) => (headSize + SimdMath.Width - 1) / SimdMath.Width * SimdMath.Width;

    private static long HeadNumbers(int headSize) => (long)PageSize * (headSize + Padded(headSize));

    private float* Page(int layer, int page)
    {
        if ((uint)page >= (uint)Pages || (uint)layer >= (uint)Layers)
        {
            throw new ArgumentOutOfRangeException(
                nameof(page), page, $"Layer {layer}: the cache has {Pages} pages in each of {Layers} layers.");
        }

        return _numbers.Pointer + (((long)layer * Pages) + page) * _pageNumbers;
    }
}
