// Matmuls with frozen weights [outputs, inputs] of 16 bits on tensor cores. The weights are the tile of 16 rows, rows of the batch its columns of 8.
//
// A sum over the inputs is made the same way however many rows a batch has (batch invariance): the inputs are cut into segments of SEGMENT, segment s belongs
// to share s % SHARES, each share is summed in ascending order, and the shares are added in theirs. With few rows the shares are the warps of a block, which
// keeps enough of the weights under way; with many rows a warp walks them one after the other.

#define SEGMENT 256
#define SHARES WARPS
#define TILE_OUTPUTS 128
#define TILE_ROWS 128
#define STAGES 3

struct MatMul
{
    const void* input;
    const uint16* weights;
    const float* bias;
    float* output;
    int type;
    int rows;
    int inputs;
    int outputs;
};

__device__ __forceinline__ uint4 load_chunk(const uint16* source, bool exists)
{
    return exists ? *(const uint4*)source : uint4{0, 0, 0, 0};
}

__device__ __forceinline__ uint4 load_weights(const uint16* source, bool exists)
{
    return exists ? load_once(source) : uint4{0, 0, 0, 0};
}

__device__ __forceinline__ uint4 narrow_chunk(int type, const float* source, bool exists)
{
    if (!exists)
    {
        return uint4{0, 0, 0, 0};
    }

    float4 low = ((const float4*)source)[0];
    float4 high = ((const float4*)source)[1];
    return uint4{pack(type, low.x, low.y), pack(type, low.z, low.w), pack(type, high.x, high.y), pack(type, high.z, high.w)};
}

// Rows of activations in the storage of the weights. One block a row.
KERNEL(THREADS) narrow_rows(const float* input, int type, int columns, uint32* output)
{
    uint64 start = (uint64)blockIdx.x * (columns / 2);
    for (int i = threadIdx.x; i < columns / 2; i += THREADS)
    {
        float2 pair = ((const float2*)input)[start + i];
        output[start + i] = pack(type, pair.x, pair.y);
    }
}

// Few rows: up to 8 * COLUMNS of them, 16 * LINES outputs a block; a warp a share. NARROW: the input is in the weights' storage already.
//
//               inputs, in segments of 256
//            | s 0 | s 1 | ... | s 7 | s 8 | s 9 | ...
//   outputs  | w 0 | w 1 |     | w 7 | w 0 | w 1 |
//
// 1. A warp walks its segments, 32 inputs at a time: all outputs by all rows of the block.
// 2. One warp after the other adds its sums to the tile in shared memory: the shares in their order.
// 3. The tile and the bias to the output.
template <int LINES, int COLUMNS, bool NARROW> __device__ __forceinline__ void multiply_few(MatMul p, float* tile)
{
    int share = threadIdx.x >> 5;
    int group = (threadIdx.x & 31) >> 2;
    int place = (threadIdx.x & 3) * CHUNK;
    int first = blockIdx.x * 16 * LINES;
    float sums[LINES][COLUMNS][4] = {};
    for (int segment = share * SEGMENT; segment < p.inputs; segment += SHARES * SEGMENT)
    {
        // All four threads of a row take part in every multiplication, those past its end with zeros.
        int steps = (min(SEGMENT, p.inputs - segment) + STEP - 1) / STEP;
#pragma unroll(LINES == 1 ? 4 : 2)
        for (int step = 0; step < steps; step++)
        {
            int k = segment + step * STEP + place;
            uint4 low[LINES];
            uint4 high[LINES];
#pragma unroll
            for (int line = 0; line < LINES; line++)
            {
                int output = first + 16 * line + group;
                low[line] = load_weights(p.weights + (uint64)output * p.inputs + k, output < p.outputs && k < p.inputs);
                high[line] = load_weights(p.weights + (uint64)(output + 8) * p.inputs + k, output + 8 < p.outputs && k < p.inputs);
            }

#pragma unroll
            for (int column = 0; column < COLUMNS; column++)
            {
                int row = 8 * column + group;
                bool exists = row < p.rows && k < p.inputs;
                uint64 at = (uint64)row * p.inputs + k;
                uint4 other = NARROW ? load_chunk((const uint16*)p.input + at, exists) : narrow_chunk(p.type, (const float*)p.input + at, exists);
#pragma unroll
                for (int line = 0; line < LINES; line++)
                {
                    multiply_step(p.type, sums[line][column], low[line], high[line], other);
                }
            }
        }
    }

    // tile[row][output]; the shares are added in their order.
    for (int turn = 0; turn < SHARES; turn++)
    {
        if (turn == share)
        {
#pragma unroll
            for (int i = 0; i < LINES * COLUMNS * 4; i++)
            {
                int line = i / (COLUMNS * 4);
                int column = i / 4 % COLUMNS;
                int row = 8 * column + (threadIdx.x & 3) * 2 + (i & 1);
                float* sum = tile + row * 16 * LINES + 16 * line + group + (i & 2) * 4;
                *sum = (turn == 0 ? 0.0f : *sum) + sums[line][column][i & 3];
            }
        }

        __syncthreads();
    }

    for (int i = threadIdx.x; i < 8 * COLUMNS * 16 * LINES; i += THREADS)
    {
        int row = i / (16 * LINES);
        int output = first + i % (16 * LINES);
        if (row < p.rows && output < p.outputs)
        {
            p.output[(uint64)row * p.outputs + output] = tile[i] + (p.bias ? p.bias[output] : 0.0f);
        }
    }
}

// Grid (ceil(outputs / 16)).
KERNEL(THREADS) matmul_of_8(MatMul p)
{
    __shared__ float tile[8 * 16];
    multiply_few<1, 1, false>(p, tile);
}

// Grid (ceil(outputs / 32)).
KERNEL(THREADS) matmul_of_16(MatMul p)
{
    __shared__ float tile[16 * 32];
    multiply_few<2, 2, true>(p, tile);
}

KERNEL(THREADS) matmul_of_32(MatMul p)
{
    __shared__ float tile[32 * 32];
    multiply_few<2, 4, true>(p, tile);
}

KERNEL(THREADS) matmul_of_64(MatMul p)
{
    __shared__ float tile[64 * 32];
    multiply_few<2, 8, true>(p, tile);
}

KERNEL(THREADS, 1) matmul_of_128(MatMul p)
{
    __shared__ float tile[128 * 32];
    multiply_few<2, 16, true>(p, tile);
}

// Grid (ceil(outputs / 64)).
KERNEL(THREADS, 1) matmul_of_64_wide(MatMul p)
{
    __shared__ float tile[64 * 64];
    multiply_few<4, 8, true>(p, tile);
}

// Where the walk over the inputs stands: share by share, in a share segment by segment.
struct Walk
{
    int share;
    int segment;
    int step;
};

__device__ __forceinline__ int place_of(Walk walk) { return walk.segment * SEGMENT + walk.step; }

// To the next STEP inputs; share == SHARES at the end.
__device__ __forceinline__ void advance(Walk& walk, int inputs)
{
    walk.step += STEP;
    if (walk.step == SEGMENT || place_of(walk) >= inputs)
    {
        walk.step = 0;
        walk.segment += SHARES;
        if (walk.segment * SEGMENT >= inputs)
        {
            walk.segment = ++walk.share;
            walk.share = walk.segment * SEGMENT >= inputs ? SHARES : walk.share;
        }
    }
}

// Many rows: 128 outputs by 128 rows a block, 64 x 32 a warp.
//
//               128 rows of the batch
//            +------+------+------+------+
//   128      | w 0  | w 1  | w 2  | w 3  | 64
//   outputs  +------+------+------+------+
//            | w 4  | w 5  | w 6  | w 7  | 64
//            +------+------+------+------+
//               32     32     32     32
//
// 1. Two of three stages of shared memory are asked for: STEP = 32 inputs of 128 outputs and of 128 rows.
// 2. Step by step: wait for the oldest stage, ask for the one after the next, multiply what is there. A warp's 64 x 32 are 4 lines of 16
//    outputs by 4 columns of 8 rows, a tensor-core tile each.
// 3. Where a share of the inputs ends, its sums are added to the totals: the order of multiply_few.
// 4. Totals and bias to the output.
//
// Grid (ceil(rows / 128), ceil(outputs / 128)): the blocks that run together share their weights in the second-level cache.
KERNEL(THREADS) matmul_of_many(MatMul p)
{
    alignas(16) __shared__ uint16 weights[STAGES][TILE_OUTPUTS * STEP];
    alignas(16) __shared__ uint16 inputs[STAGES][TILE_ROWS * STEP];
    const int lines = 4;
    const int columns = 4;
    int warp = threadIdx.x >> 5;
    int group = (threadIdx.x & 31) >> 2;
    int lane_chunk = threadIdx.x & 3;
    int first_output = blockIdx.y * TILE_OUTPUTS;
    int first_row = blockIdx.x * TILE_ROWS;
    int warp_output = warp / 4 * 64;
    int warp_row = warp % 4 * 32;
    Walk loading = {0, 0, 0};
    Walk walk = {0, 0, 0};
    float sums[lines][columns][4] = {};
    float totals[lines][columns][4] = {};
    auto load = [&](int stage)
    {
        if (loading.share < SHARES)
        {
            int k = place_of(loading) + (threadIdx.x & 3) * CHUNK;
            for (int line = threadIdx.x / 4; line < TILE_OUTPUTS; line += THREADS / 4)
            {
                int output = first_output + line;
                int row = first_row + line;
                bool has_output = output < p.outputs && k < p.inputs;
                bool has_row = row < p.rows && k < p.inputs;
                int at = line * STEP + (threadIdx.x & 3) * CHUNK;
                copy_async(&weights[stage][at], p.weights + (has_output ? (uint64)output * p.inputs + k : 0), has_output);
                copy_async(&inputs[stage][at], (const uint16*)p.input + (has_row ? (uint64)row * p.inputs + k : 0), has_row);
            }

            advance(loading, p.inputs);
        }

        commit_copies();
    };

    for (int stage = 0; stage < STAGES - 1; stage++)
    {
        load(stage);
    }

    for (int stage = 0; walk.share < SHARES; stage = stage + 1 == STAGES ? 0 : stage + 1)
    {
        wait_copies<STAGES - 2>();
        __syncthreads();
        load(stage == 0 ? STAGES - 1 : stage - 1);
        uint4 others[columns];
#pragma unroll
        for (int column = 0; column < columns; column++)
        {
            others[column] = *(const uint4*)&inputs[stage][(warp_row + 8 * column + group) * STEP + lane_chunk * CHUNK];
        }

#pragma unroll
        for (int line = 0; line < lines; line++)
        {
            const uint16* start = &weights[stage][(warp_output + 16 * line + group) * STEP + lane_chunk * CHUNK];
            uint4 low = *(const uint4*)start;
            uint4 high = *(const uint4*)(start + 8 * STEP);
#pragma unroll
            for (int column = 0; column < columns; column++)
            {
                multiply_step(p.type, sums[line][column], low, high, others[column]);
            }
        }

        int share = walk.share;
        advance(walk, p.inputs);
        if (walk.share != share)
        {
#pragma unroll
            for (int i = 0; i < lines * columns * 4; i++)
            {
                float& sum = sums[i / (columns * 4)][i / 4 % columns][i & 3];
                totals[i / (columns * 4)][i / 4 % columns][i & 3] += sum;
                sum = 0;
            }
        }
    }

#pragma unroll
    for (int i = 0; i < lines * columns * 4; i++)
    {
        int line = i / (columns * 4);
        int column = i / 4 % columns;
        int output = first_output + warp_output + 16 * line + group + (i & 2) * 4;
        int row = first_row + warp_row + 8 * column + lane_chunk * 2 + (i & 1);
        if (output < p.outputs && row < p.rows)
        {
            p.output[(uint64)row * p.outputs + output] = totals[line][column][i & 3] + (p.bias ? p.bias[output] : 0.0f);
        }
    }
}

// For matmuls that a library made. Grid (rows).
KERNEL(THREADS) add_bias(const float* bias, int columns, float* values)
{
    for (int i = threadIdx.x; i < columns; i += THREADS)
    {
        values[(uint64)blockIdx.x * columns + i] += bias[i];
    }
}
