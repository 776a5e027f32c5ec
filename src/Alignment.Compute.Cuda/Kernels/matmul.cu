// Matmuls with frozen weights [outputs, inputs] that tensor cores cannot take: f32, or rows that are no multiple of 16 bytes. A warp owns one
// output of up to MATMUL_ROWS rows: the weight is read once for all of them, and a row's sum is made in the same order however many rows
// there are (batch invariance). Threads take groups of eight inputs where the width allows.

#define MATMUL_ROWS 8
#define INPUT_GROUP 8

__device__ __forceinline__ void load_group(const void* weights, int type, uint64 index, float* values)
{
    if (type == TYPE_F32)
    {
        const float4* source = (const float4*)((const float*)weights + index);
        float4 low = source[0];
        float4 high = source[1];
        values[0] = low.x; values[1] = low.y; values[2] = low.z; values[3] = low.w;
        values[4] = high.x; values[5] = high.y; values[6] = high.z; values[7] = high.w;
        return;
    }

    uint4 packed = *(const uint4*)((const uint16*)weights + index);
    uint32 words[4] = {packed.x, packed.y, packed.z, packed.w};
    for (int i = 0; i < 4; i++)
    {
        uint16 first = (uint16)(words[i] & 0xffffu);
        uint16 second = (uint16)(words[i] >> 16);
        values[2 * i] = type == TYPE_BF16 ? widen_bf16(first) : widen_half(first);
        values[2 * i + 1] = type == TYPE_BF16 ? widen_bf16(second) : widen_half(second);
    }
}

// 1. A warp takes one output, for up to MATMUL_ROWS rows. Where the inputs are a multiple of eight, thread t takes 8 t to 8 t + 7 and those
//    256 further on, again and again; otherwise they go singly.
// 2. The threads' sums of each row are added, and the bias.
//
// Grid (ceil(outputs / WARPS), ceil(rows / MATMUL_ROWS)); bias may be null.
KERNEL(THREADS) matmul(const float* input, const void* weights, int type, const float* bias, int rows, int inputs, int outputs, float* output)
{
    int column = blockIdx.x * WARPS + (threadIdx.x >> 5);
    int warp_lane = threadIdx.x & 31;
    int first = blockIdx.y * MATMUL_ROWS;
    int count = min(MATMUL_ROWS, rows - first);
    if (column >= outputs)
    {
        return;
    }

    float sums[MATMUL_ROWS] = {0, 0, 0, 0, 0, 0, 0, 0};
    uint64 weight = (uint64)column * inputs;
    const float* x = input + (uint64)first * inputs;
    int whole = inputs % INPUT_GROUP == 0 ? inputs : 0;
    for (int i = warp_lane * INPUT_GROUP; i < whole; i += 32 * INPUT_GROUP)
    {
        float values[INPUT_GROUP];
        load_group(weights, type, weight + i, values);
#pragma unroll
        for (int row = 0; row < MATMUL_ROWS; row++)
        {
            if (row < count)
            {
                for (int j = 0; j < INPUT_GROUP; j++)
                {
                    sums[row] = fmaf(values[j], x[(uint64)row * inputs + i + j], sums[row]);
                }
            }
        }
    }

    for (int i = whole + warp_lane; i < inputs; i += 32)
    {
        float value = read_weight(weights, type, weight + i);
#pragma unroll
        for (int row = 0; row < MATMUL_ROWS; row++)
        {
            if (row < count)
            {
                sums[row] = fmaf(value, x[(uint64)row * inputs + i], sums[row]);
            }
        }
    }

#pragma unroll
    for (int row = 0; row < MATMUL_ROWS; row++)
    {
        float sum = warp_sum(sums[row]);
        if (warp_lane == 0 && row < count)
        {
            output[(uint64)(first + row) * outputs + column] = sum + (bias ? bias[column] : 0.0f);
        }
    }
}
