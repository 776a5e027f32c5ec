// The next-token rule: penalties, guides, bias, mask, temperature, top-k, top-p, min-p, the draw, and what is reported. Rows are cut into tiles, so that a few rows of a
// large vocabulary keep the whole device busy, and the logits are read once:
//
//   score_tiles    scores = logits + sum(weight * guide), and what each tile adds to the normalisers of the model and the guides
//   settle_rows    normalisers; clamped guides; penalties and biases of single tokens
//   measure_tiles  the mask; maximum, best token and masses of each tile of scores
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
    uint64 stream;
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
    int given; // a token that is known already, or -1
    int first_mask; // the word of the first 64 tokens, or -1: all are allowed
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

// What the launches of a row tell each other. has_numbers: every guide that counts has a normaliser. Scores lack those, times their weights, unless the guides had
// to be clamped: a constant that no probability feels.
struct RowState
{
    double frozen;
    uint64 wanted; // of top-k or top-p, while its threshold is sought
    uint64 passed; // what lies above the digits found so far
    uint32 prefix;
    int has_numbers;
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

// Ascending keys of floats, negative ones included. Both zeros are one number: of equals, ids decide.
__device__ __forceinline__ uint32 key_of(float value)
{
    uint32 bits = value == 0 ? 0u : __float_as_uint(value);
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
