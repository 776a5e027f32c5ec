// Keys and values in f16, in pages of PAGE tokens. A page of one head in one layer is PAGE * width numbers: keys [slot, width], values [width, slot], so that both
// are read as tensor cores take them. width is the head size rounded up to one the kernels are made for; what lies beyond the head is zero.

#define PAGE 16
#define SPLIT 512 // keys of a block
#define QUERIES 16
#define MOST_HEAD 256

struct CacheShape
{
    uint16* keys;
    uint16* values;
    int pages;
    int heads;
    int size;
    int width;
};

__device__ __forceinline__ uint64 page_of(CacheShape cache, int layer, int page, int head)
{
    return (((uint64)layer * cache.pages + page) * cache.heads + head) * PAGE * cache.width;
}

// 1. A query or key head: its norm, where there is one (query_norm may be null), and the rotation of the pairs (i, i + half) by the angles of
//    its position, in shared memory, then back to its row.
// 2. A key or value head: in f16 into its slot of its page.
//
// Grid (rows, query heads + 2 * cache heads), one block a head. Rows with a negative position are padding.
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
    if (position < 0)
    {
        return;
    }

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
        int slot = position % PAGE;
        uint64 start = page_of(cache, layer, tables[table_starts[blockIdx.x] + position / PAGE], stored);
        for (int i = threadIdx.x; i < size; i += THREADS)
        {
            uint16 number = (uint16)pack_half(is_value ? values[i] : rotated[i], 0.0f);
            if (is_value)
            {
                cache.values[start + i * PAGE + slot] = number;
            }
            else
            {
                cache.keys[start + slot * cache.width + i] = number;
            }
        }
    }
}

// Up to QUERIES queries that share one key head and one sequence: query q is row first_row + q / heads_of_key_head, head first_head + q % heads_of_key_head.
struct AttentionTile
{
    int first_row;
    int first_head;
    int queries;
    int row_heads;
};

// Shared memory of a block. A quarter of a warp reads two rows of queries: apart by 64 bytes, they meet no common bank.
template <int WIDTH> struct AttentionMemory
{
    alignas(16) uint16 queries[QUERIES * (WIDTH + STEP)];
    float sum[QUERIES * WIDTH];
    float maxima[WARPS][QUERIES];
    float masses[WARPS][QUERIES];
};

// The largest of a quad's numbers: the four threads that hold one query's scores.
__device__ __forceinline__ float quad_max(float value)
{
    value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, 1));
    return fmaxf(value, __shfl_xor_sync(ALL_LANES, value, 2));
}

__device__ __forceinline__ float quad_sum(float value)
{
    value += __shfl_xor_sync(ALL_LANES, value, 1);
    return value + __shfl_xor_sync(ALL_LANES, value, 2);
}

__device__ __forceinline__ float part_weight(float maximum, float greatest) { return maximum == NEGATIVE_INFINITY ? 0.0f : expf(maximum - greatest); }

__device__ __forceinline__ float greatest_of(float (*maxima)[QUERIES], int query)
{
    float greatest = NEGATIVE_INFINITY;
    for (int warp = 0; warp < WARPS; warp++)
    {
        greatest = fmaxf(greatest, maxima[warp][query]);
    }

    return greatest;
}

// One tile of queries against SPLIT keys, with an online softmax (Dao et al., 2022):
//
//                 SPLIT = 512 keys, in 32 pages of 16
//               | page 0 | page 1 | ... | page 7 | page 8 | ...
//   QUERIES 16  | warp 0 | warp 1 |     | warp 7 | warp 0 |       each warp keeps for itself maximum [16], mass [16], values [16 x width]
//
// 1. The queries, scaled and in f16, go to shared memory; what lies past the tile or the head is zero.
// 2. A warp walks every WARPS-th page:
//    a. scores of 16 queries by 16 keys, two tensor-core tiles of 16 x 8;
//    b. keys behind a query's position become -infinity;
//    c. a greater maximum shrinks mass and values; weights = e^(score - maximum) add to the mass;
//    d. values += weights (16 x 16) by the page's values (16 x width).
// 3. The warps' sums, each shrunk to the greatest maximum, are added in their order.
// 4. Each query's part leaves for merge_splits.
//
// Thread 4 g + q of a warp has the scores of queries g and g + 8 with keys 4 q to 4 q + 3 of the page: a query belongs to a quad.
//
// Which pages a query meets, and in which order, depends on its position alone, so it has the same numbers in a prompt, in a chunk of one,
// and when it is decoded. Parts [split, row, head, width + 2]: the weighted sum of values, the maximum, the sum of weights.
// Grid (tiles, key heads, splits).
template <int WIDTH> __device__ __forceinline__ void attend_split(
    const float* qkv, const int* positions, const int* table_starts, const int* tables, const AttentionTile* tiles, int rows, int heads, int layer, CacheShape cache, float* parts,
    AttentionMemory<WIDTH>& memory)
{
    const int stride = WIDTH + STEP;
    const bool is_early = WIDTH <= 128;
    uint16* queries = memory.queries;
    float* sum = memory.sum;
    AttentionTile tile = tiles[blockIdx.x];
    int group_heads = heads / cache.heads;
    int warp = threadIdx.x >> 5;
    int group = (threadIdx.x & 31) >> 2;
    int quad = threadIdx.x & 3;
    int first_key = blockIdx.z * SPLIT;
    int last_row = tile.first_row + (tile.queries - 1) / max(1, tile.row_heads);
    if (tile.queries == 0 || positions[last_row] < first_key)
    {
        return;
    }

    float scale = 1.0f / sqrtf((float)cache.size);
    for (int i = threadIdx.x; i < QUERIES * WIDTH; i += THREADS)
    {
        int q = i / WIDTH;
        int at = i % WIDTH;
        float value = 0;
        if (q < tile.queries && at < cache.size)
        {
            int row = tile.first_row + q / tile.row_heads;
            int head = blockIdx.y * group_heads + tile.first_head + q % tile.row_heads;
            value = qkv[((uint64)row * (heads + 2 * cache.heads) + head) * cache.size + at] * scale;
        }

        queries[q * stride + at] = (uint16)pack_half(value, 0.0f);
        sum[i] = 0;
    }

    __syncthreads();
    int limits[2];
#pragma unroll
    for (int i = 0; i < 2; i++)
    {
        int q = group + 8 * i;
        limits[i] = q < tile.queries ? positions[tile.first_row + q / tile.row_heads] : -1;
    }

    const int* table = tables + table_starts[tile.first_row];
    int last_key = min(positions[last_row], first_key + SPLIT - 1);
    float maximum[2] = {NEGATIVE_INFINITY, NEGATIVE_INFINITY};
    float mass[2] = {0, 0};
    float values[WIDTH / 8][4] = {};
    int first_page = first_key / PAGE + warp;
    int page = first_page * PAGE <= last_key ? table[first_page] : 0;
    for (int key = first_page * PAGE; key <= last_key; key += WARPS * PAGE)
    {
        uint64 start = page_of(cache, layer, page, blockIdx.y);
        // Asked for before they are needed: the values, while the scores are made (registers hold no more than 128), and the number of the next page.
        const uint16* first_value = cache.values + start + group * PAGE + 4 * quad;
        uint2 columns[WIDTH / 8];
#pragma unroll
        for (int n = 0; n < WIDTH / 8; n++)
        {
            columns[n] = is_early ? *(const uint2*)(first_value + 8 * n * PAGE) : uint2{0, 0};
        }

        page = key + WARPS * PAGE <= last_key ? table[key / PAGE + WARPS] : 0;
        // Column j of tile t is key 4 * (j / 2) + 2 * t + j % 2 of the page: then a thread's scores are those of four neighbours, as the values are stored.
        float scores[2][4] = {};
#pragma unroll
        for (int step = 0; step < WIDTH; step += STEP)
        {
            uint4 low = *(const uint4*)&queries[group * stride + step + quad * CHUNK];
            uint4 high = *(const uint4*)&queries[(group + 8) * stride + step + quad * CHUNK];
#pragma unroll
            for (int t = 0; t < 2; t++)
            {
                int slot = 4 * (group / 2) + 2 * t + group % 2;
                multiply_step(TYPE_F16, scores[t], low, high, *(const uint4*)(cache.keys + start + slot * WIDTH + step + quad * CHUNK));
            }
        }

        uint32 weights[2][2];
#pragma unroll
        for (int i = 0; i < 2; i++)
        {
            float best = NEGATIVE_INFINITY;
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                float& score = scores[j / 2][2 * i + j % 2];
                score = key + 4 * quad + j <= limits[i] ? score : NEGATIVE_INFINITY;
                best = fmaxf(best, score);
            }

            float larger = fmaxf(maximum[i], quad_max(best));
            // Nothing seen yet: any finite number will do, every weight is zero.
            float base = larger == NEGATIVE_INFINITY ? 0.0f : larger;
            float shrink = expf(maximum[i] - base);
            maximum[i] = larger;
            float exponentials[4];
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                exponentials[j] = expf(scores[j / 2][2 * i + j % 2] - base);
            }

            mass[i] = mass[i] * shrink + ((exponentials[0] + exponentials[1]) + (exponentials[2] + exponentials[3]));
            weights[0][i] = pack_half(exponentials[0], exponentials[1]);
            weights[1][i] = pack_half(exponentials[2], exponentials[3]);
#pragma unroll
            for (int n = 0; n < WIDTH / 8; n++)
            {
                values[n][2 * i] *= shrink;
                values[n][2 * i + 1] *= shrink;
            }
        }

#pragma unroll
        for (int n = 0; n < WIDTH / 8; n++)
        {
            uint2 column = is_early ? columns[n] : *(const uint2*)(first_value + 8 * n * PAGE);
            multiply_half(values[n], weights[0][0], weights[0][1], weights[1][0], weights[1][1], column.x, column.y);
        }
    }

    for (int i = 0; i < 2; i++)
    {
        mass[i] = quad_sum(mass[i]);
        if (quad == 0)
        {
            memory.maxima[warp][group + 8 * i] = maximum[i];
            memory.masses[warp][group + 8 * i] = mass[i];
        }
    }

    __syncthreads();
    float shares[2];
    for (int i = 0; i < 2; i++)
    {
        shares[i] = part_weight(maximum[i], greatest_of(memory.maxima, group + 8 * i));
    }

    for (int turn = 0; turn < WARPS; turn++)
    {
        if (turn == warp)
        {
#pragma unroll
            for (int n = 0; n < WIDTH / 8; n++)
            {
                for (int i = 0; i < 4; i++)
                {
                    sum[(group + i / 2 * 8) * WIDTH + 8 * n + 2 * quad + i % 2] += shares[i / 2] * values[n][i];
                }
            }
        }

        __syncthreads();
    }

    for (int q = warp; q < tile.queries; q += WARPS)
    {
        int row = tile.first_row + q / tile.row_heads;
        int head = blockIdx.y * group_heads + tile.first_head + q % tile.row_heads;
        if (positions[row] < first_key)
        {
            continue;
        }

        float* part = parts + (((uint64)blockIdx.z * rows + row) * heads + head) * (WIDTH + 2);
        for (int i = threadIdx.x & 31; i < cache.size; i += 32)
        {
            part[i] = sum[q * WIDTH + i];
        }

        float greatest = greatest_of(memory.maxima, q);
        float total = 0;
        for (int w = 0; w < WARPS; w++)
        {
            total += part_weight(memory.maxima[w][q], greatest) * memory.masses[w][q];
        }

        if ((threadIdx.x & 31) == 0)
        {
            part[WIDTH] = greatest;
            part[WIDTH + 1] = total;
        }
    }
}

#define ATTEND(width) \
    KERNEL(THREADS, 1) attend_##width( \
        const float* qkv, const int* positions, const int* table_starts, const int* tables, const AttentionTile* tiles, int rows, int heads, int layer, CacheShape cache, float* parts) \
    { \
        __shared__ AttentionMemory<width> memory; \
        attend_split<width>(qkv, positions, table_starts, tables, tiles, rows, heads, layer, cache, parts, memory); \
    }

ATTEND(32)
ATTEND(64)
ATTEND(96)
ATTEND(128)
ATTEND(256)

// Adds the parts of a row's splits in their order. Grid (ceil(rows * heads / WARPS)); a warp a head.
KERNEL(THREADS) merge_splits(const float* parts, const int* positions, int rows, int heads, CacheShape cache, float* output)
{
    int index = blockIdx.x * WARPS + (threadIdx.x >> 5);
    if (index >= rows * heads || positions[index / heads] < 0)
    {
        return;
    }

    int splits = positions[index / heads] / SPLIT + 1;
    int length = cache.width + 2;
    uint64 split_length = (uint64)rows * heads * length;
    const float* part = parts + (uint64)index * length;
    float greatest = NEGATIVE_INFINITY;
    for (int split = 0; split < splits; split++)
    {
        greatest = fmaxf(greatest, part[split * split_length + cache.width]);
    }

    for (int i = threadIdx.x & 31; i < cache.size; i += 32)
    {
        float sum = 0;
        float mass = 0;
        for (int split = 0; split < splits; split++)
        {
            const float* one = part + split * split_length;
            float weight = part_weight(one[cache.width], greatest);
            sum = fmaf(weight, one[i], sum);
            mass = fmaf(weight, one[cache.width + 1], mass);
        }

        output[(uint64)index * cache.size + i] = sum / mass;
    }
}

// Grid (layers).
KERNEL(THREADS) copy_page(int source, int destination, CacheShape cache)
{
    uint64 length = (uint64)PAGE * cache.heads * cache.width;
    uint64 from = ((uint64)blockIdx.x * cache.pages + source) * length;
    uint64 to = ((uint64)blockIdx.x * cache.pages + destination) * length;
    for (uint64 i = threadIdx.x; i < length; i += THREADS)
    {
        cache.keys[to + i] = cache.keys[from + i];
        cache.values[to + i] = cache.values[from + i];
    }
}

// Page tables live on the device; a step sends what has changed. One block.
struct TableUpdate
{
    int index;
    int page;
};

struct TableUpdates
{
    int count;
    int unused;
};

KERNEL(THREADS) update_tables(const TableUpdates* updates, int* tables)
{
    const TableUpdate* entries = (const TableUpdate*)(updates + 1);
    for (int i = threadIdx.x; i < updates->count; i += THREADS)
    {
        tables[entries[i].index] = entries[i].page;
    }
}
