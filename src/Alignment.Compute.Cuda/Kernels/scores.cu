// The next-token rule, first part: what every token scores.

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

// score + sum(weight * guide) of one token. Clamped guides are log-probabilities, of which none lies below the floor: a negative weight must not turn "impossible"
// into "certain". Others are logits: their normalisers would shift all scores alike.
__device__ __forceinline__ float add_guides(
    NextTokenInput row, const GuideInput* guides, const float* normalisers, bool is_clamped, int token, float score)
{
    for (int g = 0; g < row.guides; g++)
    {
        GuideInput guide = guides[row.first_guide + g];
        float value = guide.logits[token];
        value = is_clamped ? fmaxf(value - normalisers[row.first_guide + g], row.guide_floor) : value;
        score = guide.weight == 0 ? score : fmaf(value, guide.weight, score);
    }

    return score;
}

// What repetition, frequency and presence leave of a logit of the model.
__device__ __forceinline__ float penalised(NextTokenInput row, CountInput occurrences, float logit)
{
    if (occurrences.prompt + occurrences.response > 0)
    {
        logit = logit > 0 ? logit / row.repetition : logit * row.repetition;
    }

    return occurrences.response > 0 ? logit - (occurrences.response * row.frequency + row.presence) : logit;
}

// 1. The normalisers of the model and of each guide, out of what the tiles found.
// 2. Where a guide calls some token all but impossible, all scores again with clamped guides.
// 3. Scores of tokens that occurred, from their penalised logits.
// 4. Biases of single tokens.
//
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
    RowState state = {normaliser_of(tiles, count, floats, doubles).value, 0, 0, 0, 1, {0, ALL_EQUALS, 0}, 0};
    bool is_clamped = false;
    for (int g = 0; g < row.guides; g++)
    {
        GuideInput guide = guides[row.first_guide + g];
        Normaliser found = normaliser_of(tiles + (uint64)(g + 1) * TILES, count, floats, doubles);
        float normaliser = (float)found.value;
        is_clamped |= guide.weight != 0 && !(found.least - normaliser >= row.guide_floor);
        state.has_numbers &= guide.weight == 0 || isfinite(guide.weight * normaliser);
        if (threadIdx.x == 0)
        {
            normalisers[row.first_guide + g] = normaliser;
        }
    }

    __syncthreads();
    if (is_clamped && state.has_numbers)
    {
        for (int i = threadIdx.x; i < row.vocabulary; i += THREADS)
        {
            row.scores[i] = add_guides(row, guides, normalisers, true, i, row.logits[i]);
        }
    }

    __syncthreads();
    for (int i = threadIdx.x; i < row.counts; i += THREADS)
    {
        CountInput occurrences = counts[row.first_count + i];
        float logit = penalised(row, occurrences, row.logits[occurrences.token]);
        row.scores[occurrences.token] = add_guides(row, guides, normalisers, is_clamped, occurrences.token, logit);
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

__device__ __forceinline__ bool is_allowed(NextTokenInput row, const uint64* masks, int id)
{
    return row.first_mask < 0 || (masks[row.first_mask + id / 64] >> (id % 64) & 1) != 0;
}

// Also writes the mask into the scores, last of all that changes them. Grid (tiles of the largest vocabulary, rows).
KERNEL(THREADS) measure_tiles(const NextTokenInput* rows, const uint64* masks, ScoreTile* stats)
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
        int id = first + i * THREADS;
        scores[i] = id < row.vocabulary ? row.scores[id] : NEGATIVE_INFINITY;
        if (id < row.vocabulary && !is_allowed(row, masks, id))
        {
            row.scores[id] = scores[i] = NEGATIVE_INFINITY;
        }

        // In ascending ids: a later one must be greater.
        best = scores[i] > best.value ? Best{scores[i], id} : best;
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
