// The next-token rule: guides, penalties, bias, temperature, top-k, top-p, min-p, the draw, and what is reported, in one launch with one block a row. Every sum has
// a fixed order or is made of integers, so a row's outcome does not depend on the others.

#define MOST_VOCABULARY 262144
#define TILE 1024
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

__device__ float maximum_of(const float* values, int count, float* scratch)
{
    float maximum = NEGATIVE_INFINITY;
    for (int i = threadIdx.x; i < count; i += THREADS)
    {
        maximum = fmaxf(maximum, values[i]);
    }

    return block_max(maximum, scratch);
}

// log(sum(exp)); NaN where a number is NaN or the maximum infinite.
__device__ double log_normaliser(const float* values, int count, float maximum, double* scratch)
{
    double sum = 0;
    for (int i = threadIdx.x; i < count; i += THREADS)
    {
        sum += expf(values[i] - maximum);
    }

    return maximum + log(block_sum(sum, scratch));
}

// log pi + sum(weight * log pi_guide), penalties, bias, into scores; the guides' normalisers into normalisers.
__device__ void align(
    NextTokenInput row, const GuideInput* guides, const CountInput* counts, const BiasInput* biases, float* normalisers, float* floats, double* doubles)
{
    for (int i = threadIdx.x; i < row.vocabulary; i += THREADS)
    {
        row.scores[i] = row.logits[i];
    }

    for (int g = 0; g < row.guides; g++)
    {
        GuideInput guide = guides[row.first_guide + g];
        float normaliser = (float)log_normaliser(guide.logits, row.vocabulary, maximum_of(guide.logits, row.vocabulary, floats), doubles);
        if (threadIdx.x == 0)
        {
            normalisers[row.first_guide + g] = normaliser;
        }

        for (int i = threadIdx.x; guide.weight != 0 && i < row.vocabulary; i += THREADS)
        {
            row.scores[i] = fmaf(fmaxf(guide.logits[i] - normaliser, row.guide_floor), guide.weight, row.scores[i]);
        }
    }

    __syncthreads();
    for (int i = threadIdx.x; i < row.counts; i += THREADS)
    {
        CountInput count = counts[row.first_count + i];
        float score = row.scores[count.token];
        if (count.prompt + count.response > 0)
        {
            score = score > 0 ? score / row.repetition : score * row.repetition;
        }

        if (count.response > 0)
        {
            score -= count.response * row.frequency + row.presence;
        }

        row.scores[count.token] = score;
    }

    __syncthreads();
    for (int i = threadIdx.x; i < row.biases; i += THREADS)
    {
        row.scores[biases[row.first_bias + i].token] += biases[row.first_bias + i].value;
    }

    __syncthreads();
}

// The best token after another one in the order (score falling, id rising); -1 where none is left. All threads get it.
__device__ int next_best(const float* scores, int count, int after, float* values, int* ids)
{
    float bound = after < 0 ? 0 : scores[after];
    float best = NEGATIVE_INFINITY;
    int id = -1;
    for (int i = threadIdx.x; i < count; i += THREADS)
    {
        float score = scores[i];
        bool is_after = after < 0 || score < bound || (score == bound && i > after);
        if (is_after && score > best)
        {
            best = score;
            id = i;
        }
    }

    for (int offset = 16; offset > 0; offset >>= 1)
    {
        float other = __shfl_xor_sync(ALL_LANES, best, offset);
        int other_id = __shfl_xor_sync(ALL_LANES, id, offset);
        if (other_id >= 0 && (id < 0 || other > best || (other == best && other_id < id)))
        {
            best = other;
            id = other_id;
        }
    }

    __syncthreads();
    if ((threadIdx.x & 31) == 0)
    {
        values[threadIdx.x >> 5] = best;
        ids[threadIdx.x >> 5] = id;
    }

    __syncthreads();
    best = values[0];
    id = ids[0];
    for (int warp = 1; warp < WARPS; warp++)
    {
        if (ids[warp] >= 0 && (id < 0 || values[warp] > best || (values[warp] == best && ids[warp] < id)))
        {
            best = values[warp];
            id = ids[warp];
        }
    }

    return id;
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

// Sums of tiles of consecutive ids, one warp a tile; returns their total, summed in order.
__device__ double tile_masses(NextTokenInput row, Kept kept, float maximum, double* tiles)
{
    __shared__ double total;
    int count = (row.vocabulary + TILE - 1) / TILE;
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

    __syncthreads();
    if (threadIdx.x == 0)
    {
        total = 0;
        for (int tile = 0; tile < count; tile++)
        {
            total += tiles[tile];
        }
    }

    __syncthreads();
    return total;
}

// Inverse of the cumulative distribution in the order of ids: the tile first, then the token in it. Where rounding leaves none, the last possible token.
__device__ int draw(NextTokenInput row, Kept kept, float maximum, double total, const double* tiles)
{
    __shared__ int token;
    if (threadIdx.x == 0)
    {
        double target = uniform(row) * total;
        int count = (row.vocabulary + TILE - 1) / TILE;
        int tile = 0;
        int possible = 0;
        double before = 0;
        for (; tile < count && before + tiles[tile] <= target; tile++)
        {
            before += tiles[tile];
            possible = tiles[tile] > 0 ? tile : possible;
        }

        tile = tile < count ? tile : possible;
        token = -1;
        for (int i = tile * TILE; i < min(row.vocabulary, (tile + 1) * TILE); i++)
        {
            float mass = mass_of(row.scores[i], maximum, row.temperature);
            if (mass > 0 && is_kept(kept, i, row.scores[i], mass))
            {
                token = i;
                before += mass;
                if (before > target)
                {
                    break;
                }
            }
        }
    }

    __syncthreads();
    return token;
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

KERNEL(THREADS) next_token(
    const NextTokenInput* rows, const GuideInput* guides, const CountInput* counts, const BiasInput* biases, NextTokenOutput* outputs, float* guide_outputs, TopOutput* tops)
{
    __shared__ float floats[WARPS];
    __shared__ double doubles[WARPS];
    __shared__ int ids[WARPS];
    __shared__ uint64 bins[256];
    __shared__ double tiles[TILES];
    NextTokenInput row = rows[blockIdx.x];
    NextTokenOutput result = {0, -1, 0, 0, 0};
    double frozen = log_normaliser(row.logits, row.vocabulary, maximum_of(row.logits, row.vocabulary, floats), doubles);
    align(row, guides, counts, biases, guide_outputs, floats, doubles);
    float maximum = maximum_of(row.scores, row.vocabulary, floats);
    double aligned = log_normaliser(row.scores, row.vocabulary, maximum, doubles);
    if (isfinite(maximum) && !isnan(aligned) && !isnan(frozen))
    {
        if (row.temperature == 0)
        {
            result.token = next_best(row.scores, row.vocabulary, -1, floats, ids);
            result.divergence = frozen - row.logits[result.token];
        }
        else
        {
            Kept kept = truncate(row, maximum, bins);
            double total = tile_masses(row, kept, maximum, tiles);
            result.token = draw(row, kept, maximum, total, tiles);
            result.sampled = (float)(((double)row.scores[result.token] - maximum) / row.temperature - log(total));
            result.divergence = row.report ? divergence(row, kept, maximum, log(total), frozen, doubles) : 0;
        }

        result.log_probability = (float)(row.scores[result.token] - aligned);
        result.frozen = (float)(row.logits[result.token] - frozen);
    }

    int best = -1;
    for (int i = 0; i < row.top; i++)
    {
        best = i == 0 || best >= 0 ? next_best(row.scores, row.vocabulary, best, floats, ids) : -1;
        if (threadIdx.x == 0)
        {
            TopOutput top = {result.token >= 0 ? best : -1, best < 0 ? NEGATIVE_INFINITY : (float)(row.scores[best] - aligned)};
            tops[row.first_top + i] = top;
        }
    }

    if (threadIdx.x == 0)
    {
        result.divergence = row.report ? result.divergence : 0;
        outputs[blockIdx.x] = result;
        for (int g = 0; g < row.guides && result.token >= 0; g++)
        {
            int guide = row.first_guide + g;
            guide_outputs[guide] = fmaxf(guides[guide].logits[result.token] - guide_outputs[guide], row.guide_floor);
        }
    }
}
