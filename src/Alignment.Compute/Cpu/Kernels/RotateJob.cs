using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>Norms and rotates the query and key heads of each row in place, and stores keys and values in the cache.</summary>
internal readonly unsafe struct RotateJob<T>(
    float* qkv, int columns, RotaryTable rotary, HeadNorm? norm, Segments segments, int heads, int layer, PagedCache cache) : IParallelJob
    where T : struct, ISimd<T>
{
    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        int turn = 0;
        for (int i = 0; i < segments.Count; i++)
        {
            RowSegment segment = segments[i];
            for (int row = 0; row < segment.Rows; row++, turn++)
            {
                if (turn % workers == worker)
                {
                    float* numbers = qkv + ((long)(segment.FirstRow + row) * columns);
                    RotateRow(numbers, segment.FirstPosition + row);
                    Store(numbers, segment.Pages, segment.FirstPosition + row);
                }
            }
        }
    }

    private void RotateRow(float* row, int position)
    {
        int half = rotary.HalfHead;
        fixed (float* cosines = &rotary.Cosines[(long)position * half], sines = &rotary.Sines[(long)position * half])
        {
            for (int head = 0; head < heads + cache.KeyValueHeads; head++)
            {
                float* numbers = row + (head * cache.HeadSize);
                if (norm is not null)
                {
                    float* weight = ((HostTensor)(head < heads ? norm.Query : norm.Key)).Pointer;
                    RowMath<T>.RmsNorm(numbers, weight, cache.HeadSize, norm.Epsilon, numbers);
                }

                RowMath<T>.Rotate(cosines, sines, half, numbers);
            }
        }
    }

    private void Store(float* row, int[] pages, int position)
    {
        int page = pages[position / KvCache.PageSize];
        int slot = position % KvCache.PageSize;
        int size = cache.HeadSize;
        for (int head = 0; head < cache.KeyValueHeads; head++)
        {
            float* key = row + ((heads + head) * size);
            float* value = key + (cache.KeyValueHeads * size);
            float* keys = cache.Keys(layer, page, head) + slot;
            for (int i = 0; i < size; i++)
            {
                keys[i * KvCache.PageSize] = key[i];
            }

            new Span<float>(value, size).CopyTo(new Span<float>(cache.Values(layer, page, head) + (slot * cache.PaddedHeadSize), size));
        }
    }
}
