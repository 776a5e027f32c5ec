// The next-token rule: guides, penalties, bias, temperature, top-k, top-p, min-p, the draw, and what is reported. Rows are cut into tiles, so that a few rows of a
// large vocabulary keep the whole device busy, and the logits are read once:
//
//   score_tiles    scores = logits + sum(weight * guide), and what each tile adds to the normalisers of the model and the guides
//   settle_rows    normalisers; penalties and biases of single tokens
//   measure_tiles  maximum, best token and masses of each tile of scores
//   choose_tokens  truncation, the draw, the report
//
// Every sum has a fixed order or is made of integers, so a row's outcome does not depend on the others.

#define MOST_VOCABULARY 262144
#define TILE 2048
#define PER_THREAD (TILE / THREADS)
#define TILES (MOST_VOCABULARY / TILE)
#define FIXED_POINT 1099511627776.0f // 2^40: 2^18 masses of at most 1 still fit 64 bits

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

// The scores of a row lack shift, the guides' normalisers times their weights: a constant that only penalties feel.
struct RowState
{
    double frozen;
    float shift;
    int unused;
};

struct Best
{
    float value;
    int id;
};

// Which tokens truncation leaves: those with a greater key than the threshold, and of its equals the ids up to the last.
struct Kept
{
    uint32 threshold;
    int last_equal;
    float least;
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
    RowState state = {normaliser_of(tiles, count, floats, doubles).value, 0, 0};
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

// Radix selection from the highest digit: the greatest key such that the weights of keys at or above it reach the wanted sum. Weights are ones (top-k) or
// fixed-point masses (top-p) of the tokens kept so far. Returns the key; above gets the weight of the greater keys.
__device__ uint32 select_key(const float* scores, int count, Kept kept, bool by_mass, float maximum, float temperature, uint64 wanted, uint64* bins, uint64* above)
{
    __shared__ uint32 prefix;
    __shared__ uint64 passed;
    if (threadIdx.x == 0)
    {
        prefix = 0;
        passed = 0;
    }

    for (int shift = 24; shift >= 0; shift -= 8)
    {
        for (int i = threadIdx.x; i < 256; i += THREADS)
        {
            bins[i] = 0;
        }

        __syncthreads();
        for (int i = threadIdx.x; i < count; i += THREADS)
        {
            uint32 key = key_of(scores[i]);
            float mass = mass_of(scores[i], maximum, temperature);
            bool matches = shift == 24 || key >> (shift + 8) == prefix >> (shift + 8);
            if (matches && is_kept(kept, i, scores[i], mass))
            {
                atomicAdd(&bins[(key >> shift) & 255], by_mass ? (uint64)(mass * FIXED_POINT) : 1ull);
            }
        }

        __syncthreads();
        if (threadIdx.x == 0)
        {
            int digit = 255;
            while (digit > 0 && passed + bins[digit] < wanted)
            {
                passed += bins[digit--];
            }

            prefix |= (uint32)digit << shift;
        }

        __syncthreads();
    }

    *above = passed;
    uint32 result = prefix;
    __syncthreads();
    return result;
}

// The id of the n-th (from 1) token with this key, in the order of ids; the last one where there are fewer.
__device__ int nth_equal(const float* scores, int count, uint32 key, int n)
{
    __shared__ int found;
    __shared__ int seen;
    if (threadIdx.x == 0)
    {
        found = -1;
        seen = 0;
    }

    __syncthreads();
    if (threadIdx.x < 32)
    {
        for (int start = 0; start < count && seen < n; start += 32)
        {
            int id = start + threadIdx.x;
            uint32 equal = __ballot_sync(ALL_LANES, id < count && key_of(scores[min(id, count - 1)]) == key);
            __syncwarp();
            if (threadIdx.x == 0)
            {
                while (equal && seen < n)
                {
                    found = start + __ffs((int)equal) - 1;
                    seen++;
                    equal &= equal - 1;
                }
            }

            __syncwarp();
        }
    }

    __syncthreads();
    int result = found;
    __syncthreads();
    return result;
}

__device__ uint64 fixed_total(const float* scores, int count, Kept kept, float maximum, float temperature, uint64* bins)
{
    if (threadIdx.x == 0)
    {
        bins[0] = 0;
    }

    __syncthreads();
    uint64 sum = 0;
    for (int i = threadIdx.x; i < count; i += THREADS)
    {
        float mass = mass_of(scores[i], maximum, temperature);
        sum += is_kept(kept, i, scores[i], mass) ? (uint64)(mass * FIXED_POINT) : 0;
    }

    atomicAdd(&bins[0], sum);
    __syncthreads();
    uint64 total = bins[0];
    __syncthreads();
    return total;
}

// Top-k, then top-p of what it leaves, then min-p: the first two keep a beginning of the ranking, in which equals stand by their ids.
__device__ Kept truncate(NextTokenInput row, float maximum, uint64* bins)
{
    Kept kept = {0, 0x7fffffff, 0};
    uint64 above = 0;
    int equals = 0x7fffffff;
    if (row.top_k > 0 && row.top_k < row.vocabulary)
    {
        kept.threshold = select_key(row.scores, row.vocabulary, kept, false, maximum, row.temperature, (uint64)row.top_k, bins, &above);
        equals = row.top_k - (int)above;
        kept.last_equal = nth_equal(row.scores, row.vocabulary, kept.threshold, equals);
    }

    if (row.top_p < 1)
    {
        uint64 wanted = (uint64)ceil((double)row.top_p * (double)fixed_total(row.scores, row.vocabulary, kept, maximum, row.temperature, bins));
        wanted = wanted > 0 ? wanted : 1;
        uint32 key = select_key(row.scores, row.vocabulary, kept, true, maximum, row.temperature, wanted, bins, &above);
        float score = __uint_as_float(key & 0x80000000u ? key & 0x7fffffffu : ~key);
        uint64 mass = (uint64)(mass_of(score, maximum, row.temperature) * FIXED_POINT);
        uint64 needed = mass == 0 ? 0x7fffffff : (wanted - above + mass - 1) / mass;
        int most = key == kept.threshold ? equals : 0x7fffffff;
        equals = needed < (uint64)most ? (int)needed : most;
        kept.threshold = key;
        kept.last_equal = equals == 0x7fffffff ? equals : nth_equal(row.scores, row.vocabulary, key, equals);
    }

    kept.least = row.min_p;
    return kept;
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

// Sums of tiles of what truncation leaves, one warp a tile.
__device__ void tile_masses(NextTokenInput row, Kept kept, float maximum, double* tiles)
{
    int count = tiles_of(row.vocabulary);
    for (int tile = threadIdx.x >> 5; tile < count; tile += WARPS)
    {
        double sum = 0;
        for (int i = tile * TILE + (threadIdx.x & 31); i < min(row.vocabulary, (tile + 1) * TILE); i += 32)
        {
            float mass = mass_of(row.scores[i], maximum, row.temperature);
            sum += is_kept(kept, i, row.scores[i], mass) ? mass : 0.0f;
        }

        sum = warp_sum(sum);
        if ((threadIdx.x & 31) == 0)
        {
            tiles[tile] = sum;
        }
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

// KL(drawn from || frozen) of this step.
__device__ double divergence(NextTokenInput row, Kept kept, float maximum, double log_total, double frozen, double* scratch)
{
    double sum = 0;
    for (int i = threadIdx.x; i < row.vocabulary; i += THREADS)
    {
        float mass = mass_of(row.scores[i], maximum, row.temperature);
        if (mass > 0 && is_kept(kept, i, row.scores[i], mass))
        {
            double log_probability = ((double)row.scores[i] - maximum) / row.temperature - log_total;
            sum += exp(log_probability) * (log_probability - ((double)row.logits[i] - frozen));
        }
    }

    return block_sum(sum, scratch);
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
KERNEL(THREADS) choose_tokens(
    const NextTokenInput* rows, const GuideInput* guides, const ScoreTile* stats, const RowState* states, const float* normalisers, NextTokenOutput* outputs,
    float* guide_outputs, TopOutput* tops)
{
    __shared__ float floats[WARPS];
    __shared__ double doubles[WARPS];
    __shared__ Best bests[WARPS];
    __shared__ uint64 bins[256];
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
            Kept kept = truncate(row, maximum, bins);
            bool is_whole = kept.threshold == 0 && kept.least == 0;
            if (!is_whole)
            {
                tile_masses(row, kept, maximum, tiles);
            }
            else if (threadIdx.x < TILES)
            {
                tiles[threadIdx.x] = tile.maximum == NEGATIVE_INFINITY ? 0.0 : tile.mass * mass_of(tile.maximum, maximum, row.temperature);
            }

            __syncthreads();
            double total;
            result.token = draw(row, kept, maximum, tiles, shares, &total);
            result.sampled = (float)(((double)row.scores[result.token] - maximum) / row.temperature - log(total));
            result.divergence = row.report ? divergence(row, kept, maximum, log(total), state.frozen, doubles) : 0;
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
