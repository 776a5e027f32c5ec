// Keys and values lie in pages of PAGE tokens: [layer, page, slot, head, size], f32. A row knows its position and where its page table begins.

#define PAGE 16
#define MOST_HEAD 256

struct CacheShape
{
    float* keys;
    float* values;
    int pages;
    int heads;
    int size;
};

__device__ __forceinline__ uint64 place(CacheShape cache, int layer, const int* table, int position, int head)
{
    uint64 page = (uint64)layer * cache.pages + table[position / PAGE];
    return ((page * PAGE + position % PAGE) * cache.heads + head) * cache.size;
}

// Grid (rows, query heads + 2 * cache heads): norms and rotates queries and keys, stores keys and values. One block a head; query_norm may be null.
KERNEL(THREADS) rotate_and_store(
    float* qkv, const float* cosines, const float* sines, const float* query_norm, const float* key_norm, float epsilon,
    const int* positions, const int* table_starts, const int* tables, int heads, int layer, CacheShape cache)
{
    __shared__ float scratch[WARPS];
    __shared__ float rotated[MOST_HEAD];
    int size = cache.size;
    int half = size / 2;
    int head = blockIdx.y;
    int position = positions[blockIdx.x];
    float* values = qkv + (uint64)blockIdx.x * (heads + 2 * cache.heads) * size + (uint64)head * size;
    bool is_value = head >= heads + cache.heads;
    if (!is_value)
    {
        float scale = 1;
        const float* norm = head < heads ? query_norm : key_norm;
        if (norm)
        {
            float squares = 0;
            for (int i = threadIdx.x; i < size; i += THREADS)
            {
                squares += values[i] * values[i];
            }

            scale = 1.0f / sqrtf(block_sum(squares, scratch) / (float)size + epsilon);
        }

        for (int i = threadIdx.x; i < half; i += THREADS)
        {
            float cosine = cosines[(uint64)position * half + i];
            float sine = sines[(uint64)position * half + i];
            float first = values[i] * scale * (norm ? norm[i] : 1.0f);
            float second = values[i + half] * scale * (norm ? norm[i + half] : 1.0f);
            rotated[i] = first * cosine - second * sine;
            rotated[i + half] = second * cosine + first * sine;
        }

        __syncthreads();
        for (int i = threadIdx.x; i < size; i += THREADS)
        {
            values[i] = rotated[i];
        }
    }

    if (head >= heads)
    {
        int stored = is_value ? head - heads - cache.heads : head - heads;
        uint64 start = place(cache, layer, tables + table_starts[blockIdx.x], position, stored);
        float* target = is_value ? cache.values : cache.keys;
        for (int i = threadIdx.x; i < size; i += THREADS)
        {
            target[start + i] = is_value ? values[i] : rotated[i];
        }
    }
}

// Grid (rows, query heads). Warp w takes positions w, w + WARPS, ... with an online softmax; the warps' parts are merged in their order, so that the result
// is a function of the row alone.
KERNEL(THREADS) attend(
    const float* qkv, const int* positions, const int* table_starts, const int* tables, int heads, int layer, CacheShape cache, float* output)
{
    __shared__ float maxima[WARPS];
    __shared__ float totals[WARPS];
    __shared__ float parts[WARPS * MOST_HEAD];
    const int most = MOST_HEAD / 32;
    int size = cache.size;
    int warp = threadIdx.x >> 5;
    int lane = threadIdx.x & 31;
    int head = blockIdx.y / (heads / cache.heads);
    const int* table = tables + table_starts[blockIdx.x];
    const float* query = qkv + (uint64)blockIdx.x * (heads + 2 * cache.heads) * size + (uint64)blockIdx.y * size;
    float scale = 1.0f / sqrtf((float)size);
    float sums[most];
#pragma unroll
    for (int j = 0; j < most; j++)
    {
        sums[j] = 0;
    }

    float maximum = NEGATIVE_INFINITY;
    float total = 0;
    for (int position = warp; position <= positions[blockIdx.x]; position += WARPS)
    {
        uint64 start = place(cache, layer, table, position, head);
        float dot = 0;
        for (int i = lane; i < size; i += 32)
        {
            dot = fmaf(query[i], cache.keys[start + i], dot);
        }

        float score = warp_sum(dot) * scale;
        float larger = fmaxf(maximum, score);
        float shrink = expf(maximum - larger);
        float mass = expf(score - larger);
        total = total * shrink + mass;
        // A constant count of steps keeps the sums in registers.
#pragma unroll
        for (int j = 0; j < most; j++)
        {
            int i = lane + 32 * j;
            if (i < size)
            {
                sums[j] = fmaf(mass, cache.values[start + i], sums[j] * shrink);
            }
        }

        maximum = larger;
    }

    if (lane == 0)
    {
        maxima[warp] = maximum;
        totals[warp] = total;
    }

#pragma unroll
    for (int j = 0; j < most; j++)
    {
        int i = lane + 32 * j;
        if (i < size)
        {
            parts[warp * MOST_HEAD + i] = sums[j];
        }
    }

    __syncthreads();
    float greatest = maxima[0];
    for (int w = 1; w < WARPS; w++)
    {
        greatest = fmaxf(greatest, maxima[w]);
    }

    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        float sum = 0;
        float mass = 0;
        for (int w = 0; w < WARPS; w++)
        {
            // A warp without positions has maximum -infinity: weight 0, and no infinity minus infinity.
            float weight = maxima[w] == NEGATIVE_INFINITY ? 0.0f : expf(maxima[w] - greatest);
            sum = fmaf(weight, parts[w * MOST_HEAD + i], sum);
            mass = fmaf(weight, totals[w], mass);
        }

        output[((uint64)blockIdx.x * heads + blockIdx.y) * size + i] = sum / mass;
    }
}

// Grid (layers).
KERNEL(THREADS) copy_page(int source, int destination, CacheShape cache)
{
    uint64 length = (uint64)PAGE * cache.heads * cache.size;
    uint64 from = ((uint64)blockIdx.x * cache.pages + source) * length;
    uint64 to = ((uint64)blockIdx.x * cache.pages + destination) * length;
    for (uint64 i = threadIdx.x; i < length; i += THREADS)
    {
        cache.keys[to + i] = cache.keys[from + i];
        cache.values[to + i] = cache.values[from + i];
    }
}
