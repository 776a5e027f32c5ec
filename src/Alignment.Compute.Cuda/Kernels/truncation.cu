// The next-token rule, second part: which tokens top-k, top-p and min-p leave, and what they weigh.

__device__ __forceinline__ bool has_top_k(NextTokenInput row) { return row.temperature > 0 && row.top_k > 0 && row.top_k < row.vocabulary; }

__device__ __forceinline__ bool has_top_p(NextTokenInput row) { return row.temperature > 0 && row.top_p < 1; }

// Whether the masses of measure_tiles are not all there is to know.
__device__ __forceinline__ bool is_weighed(NextTokenInput row) { return has_top_k(row) || has_top_p(row) || (row.temperature > 0 && (row.min_p > 0 || row.report)); }

// Keys are cut into digits of 11, 11 and 10 bits.
__device__ __forceinline__ int shift_of(int level) { return level == 0 ? 21 : level == 1 ? 10 : 0; }

__device__ float row_maximum(const ScoreTile* stats, NextTokenInput row, float* scratch)
{
    return block_max(threadIdx.x < tiles_of(row.vocabulary) ? stats[(uint64)blockIdx.y * TILES + threadIdx.x].maximum : NEGATIVE_INFINITY, scratch);
}

__device__ __forceinline__ uint64 fixed_mass(float score, float maximum, float temperature) { return (uint64)(mass_of(score, maximum, temperature) * FIXED_POINT); }

// A threshold is found digit by digit, in a launch of count_keys and one of pick_key for each:
//
//   level 0   | 2047 | ... | 812 | ... | 0 |    what lies at each first digit, added up from the top until it reaches what is wanted
//                             ^                 there: the threshold begins with 812
//   level 1   | 2047 | ... |  55 | ... | 0 |    the same of the tokens that begin with it, by their second digit
//   level 2   | 1023 | ... | 900 | ... | 0 |    and by their third, which ends the threshold's key
//
// Adds up, for each digit, the tokens (top-k) or their fixed-point masses (top-p) that are kept so far and agree with the digits found:
// integers, so in any order. Grid (tiles of the largest vocabulary, rows).
KERNEL(THREADS) count_keys(const NextTokenInput* rows, const ScoreTile* stats, const RowState* states, int by_mass, int level, uint64* counts)
{
    __shared__ float floats[WARPS];
    __shared__ uint64 bins[DIGITS];
    NextTokenInput row = rows[blockIdx.y];
    if (blockIdx.x * TILE >= row.vocabulary || !(by_mass ? has_top_p(row) : has_top_k(row)))
    {
        return;
    }

    for (int i = threadIdx.x; i < DIGITS; i += THREADS)
    {
        bins[i] = 0;
    }

    Kept kept = states[blockIdx.y].kept;
    uint32 prefix = states[blockIdx.y].prefix;
    float maximum = row_maximum(stats, row, floats);
    int first = blockIdx.x * TILE + threadIdx.x;
    float scores[PER_THREAD];
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        scores[i] = first + i * THREADS < row.vocabulary ? row.scores[first + i * THREADS] : NEGATIVE_INFINITY;
    }

    __syncthreads();
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        uint32 key = key_of(scores[i]);
        bool matches = level == 0 || key >> shift_of(level - 1) == prefix >> shift_of(level - 1);
        if (matches && is_kept(kept, first + i * THREADS, scores[i], 1))
        {
            atomicAdd(&bins[(key >> shift_of(level)) & (DIGITS - 1)], by_mass ? fixed_mass(scores[i], maximum, row.temperature) : 1ull);
        }
    }

    __syncthreads();
    for (int i = threadIdx.x; i < DIGITS; i += THREADS)
    {
        if (bins[i] > 0)
        {
            atomicAdd(&counts[(uint64)blockIdx.y * DIGITS + i], bins[i]);
        }
    }
}

// The id of the n-th (from 1) token with this key, in the order of ids. Ties are seldom cut: this may walk the whole row.
__device__ int nth_equal(const float* scores, int count, uint32 key, int n)
{
    __shared__ int warps[WARPS];
    __shared__ int found;
    int seen = 0;
    found = -1;
    for (int start = 0; start < count && seen < n; start += THREADS)
    {
        int id = start + threadIdx.x;
        uint32 equal = __ballot_sync(ALL_LANES, id < count && key_of(scores[min(id, count - 1)]) == key);
        __syncthreads();
        warps[threadIdx.x >> 5] = __popc(equal);
        __syncthreads();
        int before = seen;
        for (int warp = 0; warp < WARPS; warp++)
        {
            before += warp < threadIdx.x >> 5 ? warps[warp] : 0;
            seen += warps[warp];
        }

        uint32 own = 1u << (threadIdx.x & 31);
        if ((equal & own) && before + __popc(equal & (own - 1)) == n - 1)
        {
            found = id;
        }
    }

    __syncthreads();
    return found;
}

__device__ __forceinline__ float score_of(uint32 key) { return __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key); }

// The digit that the threshold has: the greatest one such that what lies at or above it reaches what is wanted.
//
// 1. Every thread adds up its neighbouring digits. One of them walks the sums from the top, and where the wanted is reached the digits.
// 2. The counts become zero again, as they began.
// 3. After the last digit: kept are the tokens with a greater key, and as many of its equals as it takes, the lowest ids first.
//
// Grid (rows).
KERNEL(THREADS, 1) pick_key(const NextTokenInput* rows, const ScoreTile* stats, RowState* states, int by_mass, int level, uint64* counts)
{
    __shared__ float floats[WARPS];
    __shared__ uint64 parts[THREADS];
    __shared__ uint64 passed;
    __shared__ uint64 at_digit;
    __shared__ uint64 wanted;
    __shared__ uint32 prefix;
    const int share = DIGITS / THREADS;
    NextTokenInput row = rows[blockIdx.x];
    if (row.vocabulary == 0 || !(by_mass ? has_top_p(row) : has_top_k(row)))
    {
        return;
    }

    // Thread t holds digits from the top: DIGITS - 1 - t * share and the next below.
    uint64* bins = counts + (uint64)blockIdx.x * DIGITS;
    uint64 sum = 0;
    for (int i = 0; i < share; i++)
    {
        sum += bins[DIGITS - 1 - threadIdx.x * share - i];
    }

    parts[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x == 0)
    {
        RowState state = states[blockIdx.x];
        uint64 total = 0;
        for (int i = 0; i < THREADS && level == 0; i++)
        {
            total += parts[i];
        }

        wanted = level > 0 ? state.wanted : by_mass ? max((uint64)1, (uint64)ceil((double)row.top_p * (double)total)) : (uint64)row.top_k;
        passed = level > 0 ? state.passed : 0;
        int thread = 0;
        while (thread < THREADS - 1 && passed + parts[thread] < wanted)
        {
            passed += parts[thread++];
        }

        int digit = DIGITS - 1 - thread * share;
        int last = digit - share + 1;
        while (digit > last && passed + bins[digit] < wanted)
        {
            passed += bins[digit--];
        }

        at_digit = bins[digit];
        prefix = (level > 0 ? state.prefix : 0u) | (uint32)digit << shift_of(level);
    }

    __syncthreads();
    for (int i = threadIdx.x; i < DIGITS; i += THREADS)
    {
        bins[i] = 0;
    }

    Kept kept = states[blockIdx.x].kept;
    if (level == LAST_LEVEL)
    {
        float maximum = block_max(threadIdx.x < tiles_of(row.vocabulary) ? stats[(uint64)blockIdx.x * TILES + threadIdx.x].maximum : NEGATIVE_INFINITY, floats);
        uint64 one = by_mass ? fixed_mass(score_of(prefix), maximum, row.temperature) : 1;
        uint64 equals = one == 0 ? 0 : at_digit / one;
        uint64 needed = one == 0 ? 0 : (wanted - passed + one - 1) / one;
        int last_equal = prefix == kept.threshold ? kept.last_equal : ALL_EQUALS;
        kept.last_equal = needed < equals ? nth_equal(row.scores, row.vocabulary, prefix, (int)needed) : last_equal;
        kept.threshold = prefix;
    }

    __syncthreads();
    if (threadIdx.x == 0)
    {
        RowState& state = states[blockIdx.x];
        state.wanted = wanted;
        state.passed = passed;
        state.prefix = prefix;
        state.kept = kept;
    }
}

// Grid (tiles of the largest vocabulary, rows).
KERNEL(THREADS) weigh_tiles(const NextTokenInput* rows, const ScoreTile* stats, const RowState* states, TileWeight* weights)
{
    __shared__ float floats[WARPS];
    __shared__ double doubles[WARPS];
    NextTokenInput row = rows[blockIdx.y];
    if (blockIdx.x * TILE >= row.vocabulary || !is_weighed(row))
    {
        return;
    }

    Kept kept = states[blockIdx.y].kept;
    kept.least = row.min_p;
    double frozen = states[blockIdx.y].frozen;
    float maximum = row_maximum(stats, row, floats);
    int first = blockIdx.x * TILE + threadIdx.x;
    double sum = 0;
    double divergence = 0;
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        int id = first + i * THREADS;
        float score = id < row.vocabulary ? row.scores[id] : NEGATIVE_INFINITY;
        float mass = mass_of(score, maximum, row.temperature);
        if (mass > 0 && is_kept(kept, id, score, mass))
        {
            sum += mass;
            divergence += row.report ? mass * (((double)score - maximum) / row.temperature - ((double)row.logits[id] - frozen)) : 0.0;
        }
    }

    sum = block_sum(sum, doubles);
    divergence = block_sum(divergence, doubles);
    if (threadIdx.x == 0)
    {
        weights[(uint64)blockIdx.y * TILES + blockIdx.x] = TileWeight{sum, divergence};
    }
}
