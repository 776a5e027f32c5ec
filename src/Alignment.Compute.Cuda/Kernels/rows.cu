// Operations on rows of activations. One block a row unless said otherwise; all activations are f32, row-major.

KERNEL(THREADS) embed(const void* weights, int type, const int* tokens, int columns, float* output)
{
    uint64 source = (uint64)tokens[blockIdx.x] * columns;
    for (int i = threadIdx.x; i < columns; i += THREADS)
    {
        output[(uint64)blockIdx.x * columns + i] = read_weight(weights, type, source + i);
    }
}

// Grid (rows, groups of a row). With delta: residual += delta first, which is input then.
KERNEL(THREADS) rms_norm(float* input, const float* delta, const float* weight, float epsilon, int columns, int group, float* output)
{
    __shared__ float scratch[WARPS];
    uint64 start = (uint64)blockIdx.x * columns + (uint64)blockIdx.y * group;
    float squares = 0;
    for (int i = threadIdx.x; i < group; i += THREADS)
    {
        float value = input[start + i];
        if (delta)
        {
            value += delta[start + i];
            input[start + i] = value;
        }

        squares += value * value;
    }

    float scale = 1.0f / sqrtf(block_sum(squares, scratch) / (float)group + epsilon);
    for (int i = threadIdx.x; i < group; i += THREADS)
    {
        output[start + i] = input[start + i] * scale * weight[i];
    }
}

__device__ __forceinline__ float silu_of(float x) { return x / (1.0f + expf(-x)); }

KERNEL(THREADS) gated_activation(const float* gate_and_up, int size, float* output)
{
    const float* row = gate_and_up + (uint64)blockIdx.x * 2 * size;
    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        output[(uint64)blockIdx.x * size + i] = silu_of(row[i]) * row[size + i];
    }
}

KERNEL(THREADS) silu(int columns, float* values)
{
    for (int i = threadIdx.x; i < columns; i += THREADS)
    {
        uint64 index = (uint64)blockIdx.x * columns + i;
        values[index] = silu_of(values[index]);
    }
}

KERNEL(THREADS) gather_rows(const float* input, const int* rows, int columns, float* output)
{
    for (int i = threadIdx.x; i < columns; i += THREADS)
    {
        output[(uint64)blockIdx.x * columns + i] = input[(uint64)rows[blockIdx.x] * columns + i];
    }
}
