// The next-token rule, last part: the draw and the report.

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
    uint32 counter[4] = {(uint32)row.position, (uint32)(row.position >> 32), (uint32)row.stream, (uint32)(row.stream >> 32)};
    philox(counter, (uint32)row.seed, (uint32)(row.seed >> 32));
    return (double)((((uint64)counter[0] << 32) | counter[1]) >> 11) * (1.0 / 9007199254740992.0);
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

// One block a row, thread t for tile t of the row's scores:
//
//   ids      0 ........ 2047 | 2048 ..... 4095 | ...      tiles of TILE
//   stats    best, sum, mass | best, sum, mass | ...      by measure_tiles; by weigh_tiles where truncation left something out
//   draw     [----- 1.3 -----|--- 0.9 -*-------| ...      the running sum of masses passes the target in tile 1,
//                              t0 t1 .. t255              then in the share of a thread, 8 neighbours each, then at a token
//
// 1. The best token of all tiles, and the log of the sum of e^score: what log-probabilities lack.
// 2. Where all that is finite: the best token, the given one, or a draw by the inverse of the cumulative distribution in the order of ids.
// 3. Its numbers.
// 4. The list of the most probable tokens: take the best of all tiles, find the next best of its tile, again.
//
// Grid (rows).
KERNEL(THREADS, 1) choose_tokens(
    const NextTokenInput* rows, const GuideInput* guides, const ScoreTile* stats, const TileWeight* weights, const RowState* states, const float* normalisers,
    NextTokenOutput* outputs, float* guide_outputs, TopOutput* tops)
{
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
    if (best.id >= 0 && isfinite(maximum) && isfinite(aligned) && isfinite(state.frozen) && state.has_numbers)
    {
        if (row.temperature == 0)
        {
            result.token = row.given < 0 ? best.id : row.given;
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
