// The next-token rule: guides, penalties, bias, temperature, top-k, top-p, min-p, the draw, and what is reported. Rows are cut into tiles, so that a few rows of a
// large vocabulary keep the whole device busy, and the logits are read once:
//
//   score_tiles    scores = logits + sum(weight * guide), and what each tile adds to the normalisers of the model and the guides
//   settle_rows    normalisers; penalties and biases of single tokens
//   measure_tiles  maximum, best token and masses of each tile of scores
//   count_keys     top-k, then top-p: how much lies at each digit of the scores' keys,
//   pick_key       and which digit the threshold has; three digits each
//   weigh_tiles    what truncation leaves of each tile, and its divergence
//   choose_tokens  the draw, the report
//
// Every sum has a fixed order or is made of integers, so a row's outcome does not depend on the others.

#define MOST_VOCABULARY 262144
#define TILE 2048
#define PER_THREAD (TILE / THREADS)
#define TILES (MOST_VOCABULARY / TILE)
#define FIXED_POINT 1099511627776.0f // 2^40: 2^18 masses of at most 1 still fit 64 bits
#define DIGITS 2048
#define LAST_LEVEL 2
#define ALL_EQUALS 0x7fffffff

struct NextTokenInput
{
    const float* logits;
    float* scores;
    uint64 seed;
    uint64 position;
    uint64 candidate;
    int vocabulary;
    int first_guide;
    int guides;
    int first_count;
    int counts;
    int first_bias;
    int biases;
    int top_k;
    int first_top;
    int top;
    int report;
    float temperature;
    float top_p;
    float min_p;
    float repetition;
    float frequency;
    float presence;
    float guide_floor;
};

struct GuideInput
{
    const float* logits;
    float weight;
    int unused;
};

struct CountInput
{
    int token;
    int prompt;
    int response;
};

struct BiasInput
{
    int token;
    float value;
};

struct NextTokenOutput
{
    double divergence;
    int token;
    float log_probability;
    float frozen;
    float sampled;
};

struct TopOutput
{
    int token;
    float log_probability;
};

// What one tile of logits adds to a log-sum-exp: sum is relative to maximum. least finds guides that must be clamped.
struct SourceTile
{
    double sum;
    float maximum;
    float least;
};

// The same of scores: best is the lowest id with the maximum, mass the sum at the rule's temperature.
struct ScoreTile
{
    double sum;
    double mass;
    float maximum;
    int best;
};

// Which tokens truncation leaves: those with a greater key than the threshold, and of its equals the ids up to the last.
struct Kept
{
    uint32 threshold;
    int last_equal;
    float least;
};

// What the launches of a row tell each other. The scores lack shift, the guides' normalisers times their weights: a constant that only penalties feel.
struct RowState
{
    double frozen;
    uint64 wanted; // of top-k or top-p, while its threshold is sought
    uint64 passed; // what lies above the digits found so far
    uint32 prefix;
    float shift;
    Kept kept;
    int unused;
};

// What truncation leaves of a tile: the masses, and each times the log of its ratio to the model's probability.
struct TileWeight
{
    double mass;
    double divergence;
};

struct Best
{
    float value;
    int id;
};

// Ascending keys of floats, negative ones included.
__device__ __forceinline__ uint32 key_of(float value)
{
    uint32 bits = __float_as_uint(value);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ __forceinline__ float mass_of(float score, float maximum, float temperature) { return expf((score - maximum) / temperature); }

__device__ __forceinline__ bool is_kept(Kept kept, int id, float score, float mass)
{
    uint32 key = key_of(score);
    return score > NEGATIVE_INFINITY && mass >= kept.least && (key > kept.threshold || (key == kept.threshold && id <= kept.last_equal));
}

__device__ __forceinline__ bool is_better(Best one, Best other) { return other.id < 0 || (one.id >= 0 && (one.value > other.value || (one.value == other.value && one.id < other.id))); }

// The greatest value, of equals the lowest id; id -1 stands for none. All threads get it.
__device__ Best block_best(Best best, Best* scratch)
{
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        Best other = {__shfl_xor_sync(ALL_LANES, best.value, offset), __shfl_xor_sync(ALL_LANES, best.id, offset)};
        best = is_better(other, best) ? other : best;
    }

    __syncthreads();
    if ((threadIdx.x & 31) == 0)
    {
        scratch[threadIdx.x >> 5] = best;
    }

    __syncthreads();
    best = scratch[0];
    for (int warp = 1; warp < WARPS; warp++)
    {
        best = is_better(scratch[warp], best) ? scratch[warp] : best;
    }

    return best;
}

__device__ __forceinline__ int tiles_of(int vocabulary) { return (vocabulary + TILE - 1) / TILE; }

// exp(value - maximum), where a maximum of -infinity means that everything is impossible: 0, but NaN stays NaN.
__device__ __forceinline__ float share_of(float value, float maximum) { return value == NEGATIVE_INFINITY ? 0.0f : expf(value - maximum); }

// values are the thread's; those from count on lie past the vocabulary.
__device__ void describe(const float* values, int count, SourceTile* result, float* floats, double* doubles)
{
    float maximum = NEGATIVE_INFINITY;
    float least = -NEGATIVE_INFINITY;
    for (int i = 0; i < PER_THREAD; i++)
    {
        maximum = fmaxf(maximum, values[i]);
        least = i < count ? fminf(least, values[i]) : least;
    }

    maximum = block_max(maximum, floats);
    least = -block_max(-least, floats);
    double sum = 0;
    for (int i = 0; i < PER_THREAD; i++)
    {
        sum += share_of(values[i], maximum);
    }

    sum = block_sum(sum, doubles);
    if (threadIdx.x == 0)
    {
        *result = SourceTile{sum, maximum, least};
    }
}

// Grid (tiles of the largest vocabulary, rows). Tiles of source s of a row are at stats[(row + first guide + s) * TILES]: the model is source 0, guide g is g + 1.
KERNEL(THREADS) score_tiles(const NextTokenInput* rows, const GuideInput* guides, SourceTile* stats)
{
    __shared__ float floats[WARPS];
    __shared__ double doubles[WARPS];
    NextTokenInput row = rows[blockIdx.y];
    int first = blockIdx.x * TILE + threadIdx.x;
    if (blockIdx.x * TILE >= row.vocabulary)
    {
        return;
    }

    int count = min(PER_THREAD, (row.vocabulary - first + THREADS - 1) / THREADS);
    SourceTile* target = stats + (uint64)(blockIdx.y + row.first_guide) * TILES + blockIdx.x;
    float scores[PER_THREAD];
    float values[PER_THREAD];
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        scores[i] = i < count ? row.logits[first + i * THREADS] : NEGATIVE_INFINITY;
    }

    describe(scores, count, target, floats, doubles);
    for (int g = 0; g < row.guides; g++)
    {
        GuideInput guide = guides[row.first_guide + g];
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++)
        {
            values[i] = i < count ? guide.logits[first + i * THREADS] : NEGATIVE_INFINITY;
        }

        describe(values, count, target + (uint64)(g + 1) * TILES, floats, doubles);
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++)
        {
            scores[i] = guide.weight == 0 ? scores[i] : fmaf(values[i], guide.weight, scores[i]);
        }
    }

#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        if (i < count)
        {
            row.scores[first + i * THREADS] = scores[i];
        }
    }
}

struct Normaliser
{
    double value;
    float least;
};

// log(sum(exp)) of a source, and its smallest value; a NaN anywhere, an infinite maximum or nothing possible give a number that is not finite.
__device__ __forceinline__ Normaliser normaliser_of(const SourceTile* tiles, int count, float* floats, double* doubles)
{
    SourceTile tile = {0, NEGATIVE_INFINITY, -NEGATIVE_INFINITY};
    if (threadIdx.x < count)
    {
        tile = tiles[threadIdx.x];
    }

    float maximum = block_max(tile.maximum, floats);
    float least = -block_max(-tile.least, floats);
    double sum = block_sum(tile.maximum == NEGATIVE_INFINITY ? tile.sum : tile.sum * exp((double)tile.maximum - maximum), doubles);
    return Normaliser{maximum + log(sum), least};
}

// logits + sum(weight * log pi_guide) of one token, guides clamped: a negative weight must not turn "impossible" into "certain".
__device__ __forceinline__ float aligned_score(NextTokenInput row, const GuideInput* guides, const float* normalisers, int token)
{
    float score = row.logits[token];
    for (int g = 0; g < row.guides; g++)
    {
        GuideInput guide = guides[row.first_guide + g];
        float log_probability = fmaxf(guide.logits[token] - normalisers[row.first_guide + g], row.guide_floor);
        score = guide.weight == 0 ? score : fmaf(log_probability, guide.weight, score);
    }

    return score;
}

// Grid (rows).
KERNEL(THREADS, 1) settle_rows(
    const NextTokenInput* rows, const GuideInput* guides, const CountInput* counts, const BiasInput* biases, const SourceTile* stats, float* normalisers, RowState* states)
{
    __shared__ float floats[WARPS];
    __shared__ double doubles[WARPS];
    NextTokenInput row = rows[blockIdx.x];
    if (row.vocabulary == 0)
    {
        return;
    }

    const SourceTile* tiles = stats + (uint64)(blockIdx.x + row.first_guide) * TILES;
    int count = tiles_of(row.vocabulary);
    RowState state = {normaliser_of(tiles, count, floats, doubles).value, 0, 0, 0, 0, {0, ALL_EQUALS, 0}, 0};
    bool is_clamped = false;
    for (int g = 0; g < row.guides; g++)
    {
        GuideInput guide = guides[row.first_guide + g];
        Normaliser found = normaliser_of(tiles + (uint64)(g + 1) * TILES, count, floats, doubles);
        float normaliser = (float)found.value;
        is_clamped |= guide.weight != 0 && !(found.least - normaliser >= row.guide_floor);
        state.shift -= guide.weight == 0 ? 0.0f : guide.weight * normaliser;
        if (threadIdx.x == 0)
        {
            normalisers[row.first_guide + g] = normaliser;
        }
    }

    __syncthreads();
    if (is_clamped && isfinite(state.shift))
    {
        state.shift = 0;
        for (int i = threadIdx.x; i < row.vocabulary; i += THREADS)
        {
            row.scores[i] = aligned_score(row, guides, normalisers, i);
        }
    }

    __syncthreads();
    for (int i = threadIdx.x; i < row.counts; i += THREADS)
    {
        CountInput occurrences = counts[row.first_count + i];
        float score = row.scores[occurrences.token] + state.shift;
        if (occurrences.prompt + occurrences.response > 0)
        {
            score = score > 0 ? score / row.repetition : score * row.repetition;
        }

        if (occurrences.response > 0)
        {
            score -= occurrences.response * row.frequency + row.presence;
        }

        row.scores[occurrences.token] = score - state.shift;
    }

    __syncthreads();
    for (int i = threadIdx.x; i < row.biases; i += THREADS)
    {
        row.scores[biases[row.first_bias + i].token] += biases[row.first_bias + i].value;
    }

    if (threadIdx.x == 0)
    {
        states[blockIdx.x] = state;
    }
}

// Grid (tiles of the largest vocabulary, rows).
KERNEL(THREADS) measure_tiles(const NextTokenInput* rows, ScoreTile* stats)
{
    __shared__ Best bests[WARPS];
    __shared__ double doubles[WARPS];
    NextTokenInput row = rows[blockIdx.y];
    int first = blockIdx.x * TILE + threadIdx.x;
    if (blockIdx.x * TILE >= row.vocabulary)
    {
        return;
    }

    float scores[PER_THREAD];
    Best best = {NEGATIVE_INFINITY, -1};
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        scores[i] = first + i * THREADS < row.vocabulary ? row.scores[first + i * THREADS] : NEGATIVE_INFINITY;
        // In ascending ids: a later one must be greater.
        best = scores[i] > best.value ? Best{scores[i], first + i * THREADS} : best;
    }

    best = block_best(best, bests);
    double sum = 0;
    double mass = 0;
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        sum += share_of(scores[i], best.value);
        mass += scores[i] == NEGATIVE_INFINITY || row.temperature == 0 ? 0.0f : mass_of(scores[i], best.value, row.temperature);
    }

    sum = block_sum(sum, doubles);
    mass = block_sum(mass, doubles);
    if (threadIdx.x == 0)
    {
        stats[(uint64)blockIdx.y * TILES + blockIdx.x] = ScoreTile{sum, mass, best.value, best.id};
    }
}

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

// Adds up, for each digit, the tokens (top-k) or their fixed-point masses (top-p) that are kept so far and agree with the digits found: integers, so in any order.
// Grid (tiles of the largest vocabulary, rows).
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

        uint32 lane = 1u << (threadIdx.x & 31);
        if ((equal & lane) && before + __popc(equal & (lane - 1)) == n - 1)
        {
            found = id;
        }
    }

    __syncthreads();
    return found;
}

__device__ __forceinline__ float score_of(uint32 key) { return __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key); }

// The digit that the threshold has: the greatest one such that what lies at or above it reaches what is wanted. After the last one, which tokens are kept: those with
// a greater key, and as many of its equals as it takes. Leaves the counts zero, as they began. Grid (rows).
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

__device__ __forceinline__ void philox(uint32* counter, uint32 key_a, uint32 key_b)
{
    for (int round = 0; round < 10; round++)
    {
        uint32 high_a = __umulhi(0xD2511F53u, counter[0]);
        uint32 low_a = 0xD2511F53u * counter[0];
        uint32 high_b = __umulhi(0xCD9E8D57u, counter[2]);
        uint32 low_b = 0xCD9E8D57u * counter[2];
        counter[0] = high_b ^ counter[1] ^ key_a;
        counter[1] = low_b;
        counter[2] = high_a ^ counter[3] ^ key_b;
        counter[3] = low_a;
        key_a += 0x9E3779B9u;
        key_b += 0xBB67AE85u;
    }
}

// Uniform in [0, 1) with 53 bits, as the host draws it.
__device__ double uniform(NextTokenInput row)
{
    uint32 counter[4] = {(uint32)row.position, (uint32)(row.position >> 32), (uint32)row.candidate, (uint32)(row.candidate >> 32)};
    philox(counter, (uint32)row.seed, (uint32)(row.seed >> 32));
    return (double)((((uint64)counter[0] << 32) | counter[1]) >> 11) * (1.0 / 9007199254740992.0);
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

// Of masses in a row: the first at which their running sum passes the target; where rounding leaves none, the last that is not zero. before gets the sum of
// those ahead of it.
__device__ int find_mass(const double* masses, int count, double target, double* before)
{
    double sum = *before;
    int found = -1;
    for (int i = 0; i < count; i++)
    {
        if (masses[i] > 0)
        {
            found = i;
            *before = sum;
            sum += masses[i];
            if (sum > target)
            {
                break;
            }
        }
    }

    return found;
}

// Inverse of the cumulative distribution in the order of ids: the tile first, then the thread that holds PER_THREAD neighbours of it, then the token. total gets
// the mass of all tiles.
__device__ int draw(NextTokenInput row, Kept kept, float maximum, const double* tiles, double* shares, double* total)
{
    __shared__ int chosen;
    __shared__ double before;
    __shared__ double target;
    __shared__ double sum;
    if (threadIdx.x == 0)
    {
        sum = 0;
        for (int tile = 0; tile < tiles_of(row.vocabulary); tile++)
        {
            sum += tiles[tile];
        }

        target = uniform(row) * sum;
        before = 0;
        chosen = find_mass(tiles, tiles_of(row.vocabulary), target, &before);
    }

    __syncthreads();
    int first = chosen * TILE + threadIdx.x * PER_THREAD;
    double masses[PER_THREAD];
    double share = 0;
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++)
    {
        int id = first + i;
        float score = id < row.vocabulary ? row.scores[id] : NEGATIVE_INFINITY;
        float mass = score == NEGATIVE_INFINITY ? 0.0f : mass_of(score, maximum, row.temperature);
        masses[i] = id < row.vocabulary && is_kept(kept, id, score, mass) ? mass : 0.0f;
        share += masses[i];
    }

    shares[threadIdx.x] = share;
    __syncthreads();
    if (threadIdx.x == 0)
    {
        chosen = find_mass(shares, THREADS, target, &before);
    }

    __syncthreads();
    bool is_mine = threadIdx.x == chosen;
    __syncthreads();
    if (is_mine)
    {
        double sum_before = before;
        chosen = first + find_mass(masses, PER_THREAD, target, &sum_before);
    }

    __syncthreads();
    *total = sum;
    return chosen;
}

// The best token of a tile after another one in the order (score falling, id rising).
__device__ Best next_in_tile(NextTokenInput row, int tile, Best after, Best* scratch)
{
    Best best = {NEGATIVE_INFINITY, -1};
    for (int i = tile * TILE + threadIdx.x; i < min(row.vocabulary, (tile + 1) * TILE); i += THREADS)
    {
        Best candidate = {row.scores[i], i};
        if (candidate.value > NEGATIVE_INFINITY && is_better(after, candidate) && is_better(candidate, best))
        {
            best = candidate;
        }
    }

    return block_best(best, scratch);
}

// Grid (rows).
KERNEL(THREADS, 1) choose_tokens(
    const NextTokenInput* rows, const GuideInput* guides, const ScoreTile* stats, const TileWeight* weights, const RowState* states, const float* normalisers,
    NextTokenOutput* outputs, float* guide_outputs, TopOutput* tops)
{
    __shared__ float floats[WARPS];
    __shared__ double doubles[WARPS];
    __shared__ Best bests[WARPS];
    __shared__ double tiles[TILES];
    __shared__ double shares[THREADS];
    NextTokenInput row = rows[blockIdx.x];
    if (row.vocabulary == 0)
    {
        return;
    }

    RowState state = states[blockIdx.x];
    NextTokenOutput result = {0, -1, 0, 0, 0};
    ScoreTile tile = {0, 0, NEGATIVE_INFINITY, -1};
    if (threadIdx.x < tiles_of(row.vocabulary))
    {
        tile = stats[(uint64)blockIdx.x * TILES + threadIdx.x];
    }

    Best tile_best = {tile.maximum, tile.best};
    Best best = block_best(tile_best, bests);
    float maximum = best.value;
    double aligned = maximum + log(block_sum(tile.maximum == NEGATIVE_INFINITY ? tile.sum : tile.sum * exp((double)tile.maximum - maximum), doubles));
    if (best.id >= 0 && isfinite(maximum) && isfinite(aligned) && isfinite(state.frozen) && isfinite(state.shift))
    {
        if (row.temperature == 0)
        {
            result.token = best.id;
            result.divergence = state.frozen - row.logits[result.token];
        }
        else
        {
            TileWeight weight = {0, 0};
            if (threadIdx.x < tiles_of(row.vocabulary))
            {
                weight.mass = tile.maximum == NEGATIVE_INFINITY ? 0.0 : tile.mass * mass_of(tile.maximum, maximum, row.temperature);
                weight = is_weighed(row) ? weights[(uint64)blockIdx.x * TILES + threadIdx.x] : weight;
                tiles[threadIdx.x] = weight.mass;
            }

            Kept kept = state.kept;
            kept.least = row.min_p;
            double divergence = block_sum(weight.divergence, doubles);
            double total;
            result.token = draw(row, kept, maximum, tiles, shares, &total);
            result.sampled = (float)(((double)row.scores[result.token] - maximum) / row.temperature - log(total));
            // sum(p (log p - log q)), p being mass / total.
            result.divergence = divergence / total - log(total);
        }

        result.log_probability = (float)(row.scores[result.token] - aligned);
        result.frozen = (float)(row.logits[result.token] - state.frozen);
    }

    for (int i = 0; i < row.top; i++)
    {
        if (threadIdx.x == 0)
        {
            TopOutput top = {result.token >= 0 ? best.id : -1, best.id < 0 ? NEGATIVE_INFINITY : (float)(best.value - aligned)};
            tops[row.first_top + i] = top;
        }

        if (best.id >= 0 && i + 1 < row.top)
        {
            Best next = next_in_tile(row, best.id / TILE, best, bests);
            tile_best = threadIdx.x == best.id / TILE ? next : tile_best;
            best = block_best(tile_best, bests);
        }
    }

    if (threadIdx.x == 0)
    {
        result.divergence = row.report ? result.divergence : 0;
        outputs[blockIdx.x] = result;
        for (int g = 0; g < row.guides && result.token >= 0; g++)
        {
            int guide = row.first_guide + g;
            guide_outputs[guide] = fmaxf(guides[guide].logits[result.token] - normalisers[guide], row.guide_floor);
        }
    }
}
