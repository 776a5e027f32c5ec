using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Layouts;
using Alignment.Compute.Cpu.Simd;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Kernels;

/// <summary>
/// Attention of each (row, head): all scores into a buffer, softmax, then the weighted sum of the values. Every sum runs over positions in
/// order, a page at a time, so that neither the chunks of a prompt nor the other rows can change it.
/// </summary>
/// <param name="qkv">First query of the first row.</param>
/// <param name="columns">Numbers of one row of <paramref name="qkv"/>.</param>
/// <param name="segments">Which rows are which sequence's.</param>
/// <param name="heads">Query heads.</param>
/// <param name="layer">Layer of the cache.</param>
/// <param name="cache">Keys and values.</param>
/// <param name="scores">One buffer a worker, each as long as the cache has slots.</param>
/// <param name="output"><c>[rows, heads * headSize]</c>.</param>
internal readonly unsafe struct AttendJob<T>(
    float* qkv, int columns, Segments segments, int heads, int layer, PagedCache cache, float* scores, float* output) : IParallelJob
    where T : struct, ISimd<T>
{
    private const int PageSize = KvCache.PageSize;
    private const int Width = SimdMath.Width;

    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        float* buffer = scores + ((long)worker * cache.Pages * PageSize);
        int size = cache.HeadSize;
        for (int i = 0; i < segments.Count; i++)
        {
            RowSegment segment = segments[i];
            for (int head = 0; head < heads; head++)
            {
                // Heads take turns in who does the longer rows.
                for (int row = (worker + head + i) % workers; row < segment.Rows; row += workers)
                {
                    long batchRow = segment.FirstRow + row;
                    float* query = qkv + (batchRow * columns) + (head * size);
                    Attend(
                        query,
                        head / (heads / cache.KeyValueHeads),
                        segment.Pages,
                        segment.FirstPosition + row + 1,
                        buffer,
                        output + (((batchRow * heads) + head) * size));
                }
            }
        }
    }

    private void Attend(float* query, int head, int[] pages, int positions, float* weights, float* attended)
    {
        float maximum = Score(query, head, pages, positions, weights);
        float total = Exponentiate(weights, positions, maximum);
        for (int column = 0; column < cache.HeadSize; column += 4 * Width)
        {
            if (column + (4 * Width) <= cache.HeadSize)
            {
                SumFour(weights, head, pages, positions, total, column, attended + column);
            }
            else
            {
                SumRest(weights, head, pages, positions, total, column, attended);
            }
        }
    }

    /// <summary>Scores of a page of 16 positions at a time; the slots beyond the last position get negative infinity.</summary>
    private float Score(float* query, int head, int[] pages, int positions, float* scored)
    {
        T scale = T.Broadcast(1 / MathF.Sqrt(cache.HeadSize));
        T masked = T.Broadcast(float.NegativeInfinity);
        T maximum = masked;
        for (int position = 0; position < positions; position += PageSize)
        {
            float* keys = cache.Keys(layer, pages[position / PageSize], head);
            T page = Dot(query, keys, cache.HeadSize) * scale;
            if (positions - position < PageSize)
            {
                page = T.FirstNumbers(positions - position, page, masked);
            }

            page.Store(scored + position);
            maximum = T.Max(page, maximum);
        }

        return maximum.Maximum();
    }

    private static T Dot(float* query, float* keys, int size)
    {
        T s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + 4 <= size; i += 4, keys += 4 * PageSize)
        {
            s0 = T.FusedMultiplyAdd(T.Load(keys), T.Broadcast(query[i]), s0);
            s1 = T.FusedMultiplyAdd(T.Load(keys + PageSize), T.Broadcast(query[i + 1]), s1);
            s2 = T.FusedMultiplyAdd(T.Load(keys + (2 * PageSize)), T.Broadcast(query[i + 2]), s2);
            s3 = T.FusedMultiplyAdd(T.Load(keys + (3 * PageSize)), T.Broadcast(query[i + 3]), s3);
        }

        for (; i < size; i++, keys += PageSize)
        {
            s0 = T.FusedMultiplyAdd(T.Load(keys), T.Broadcast(query[i]), s0);
        }

        return s0 + s1 + (s2 + s3);
    }

    private static float Exponentiate(float* scored, int positions, float maximum)
    {
        T shift = T.Broadcast(maximum);
        T total = default;
        for (int position = 0; position < positions; position += Width)
        {
            T weights = SimdMath.Exp(T.Load(scored + position) - shift);
            weights.Store(scored + position);
            total += weights;
        }

        return total.Sum();
    }

    /// <summary>64 numbers of the head at once: four chains hide each other's latency.</summary>
    private void SumFour(float* weights, int head, int[] pages, int positions, float total, int column, float* attended)
    {
        T s0 = default, s1 = default, s2 = default, s3 = default;
        for (int first = 0; first < positions; first += PageSize)
        {
            float* value = cache.Values(layer, pages[first / PageSize], head) + column;
            int slots = Math.Min(PageSize, positions - first);
            for (int slot = 0; slot < slots; slot++, value += cache.PaddedHeadSize)
            {
                T weight = T.Broadcast(weights[first + slot]);
                s0 = T.FusedMultiplyAdd(T.Load(value), weight, s0);
                s1 = T.FusedMultiplyAdd(T.Load(value + Width), weight, s1);
                s2 = T.FusedMultiplyAdd(T.Load(value + (2 * Width)), weight, s2);
                s3 = T.FusedMultiplyAdd(T.Load(value + (3 * Width)), weight, s3);
            }
        }

        T divisor = T.Broadcast(total);
        (s0 / divisor).Store(attended);
        (s1 / divisor).Store(attended + Width);
        (s2 / divisor).Store(attended + (2 * Width));
        (s3 / divisor).Store(attended + (3 * Width));
    }

    private void SumRest(float* weights, int head, int[] pages, int positions, float total, int column, float* attended)
    {
        for (; column < cache.HeadSize; column += Width)
        {
            T sum = default;
            for (int position = 0; position < positions; position++)
            {
                float* values = cache.Values(layer, pages[position / PageSize], head) + ((position % PageSize) * cache.PaddedHeadSize);
                sum = T.FusedMultiplyAdd(T.Load(values + column), T.Broadcast(weights[position]), sum);
            }

            SimdMath.StorePart(sum / T.Broadcast(total), Math.Min(Width, cache.HeadSize - column), attended + column);
        }
    }
}
