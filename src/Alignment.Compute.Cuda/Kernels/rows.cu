// Operations on rows of activations, which are f32, row-major. With one row a launch lasts as long as its longest chain of loads: every thread asks for all it
// needs of a stretch before it waits for any.

#define STRETCH 8

// Grid (rows).
KERNEL(THREADS) embed(const void* weights, int type, const int* tokens, int columns, float* output)
{
    uint64 source = (uint64)tokens[blockIdx.x] * columns;
    for (int i = threadIdx.x; i < columns; i += THREADS)
    {
        output[(uint64)blockIdx.x * columns + i] = read_weight(weights, type, source + i);
    }
}

// Numbers first, first + THREADS, ... of a row that ends at count; zeros past the end.
__device__ __forceinline__ void load_stretch(const float* row, int first, int count, float* values)
{
#pragma unroll
    for (int j = 0; j < STRETCH; j++)
    {
        int i = first + j * THREADS;
        values[j] = i < count ? row[i] : 0.0f;
    }
}

// Grid (rows, groups of a row). With delta: residual += delta first, which is input then.
KERNEL(THREADS) rms_norm(float* input, const float* delta, const float* weight, float epsilon, int columns, int group, float* output)
{
    __shared__ float scratch[WARPS];
    uint64 start = (uint64)blockIdx.x * columns + (uint64)blockIdx.y * group;
    float values[STRETCH];
    float others[STRETCH];
    float squares = 0;
    for (int first = threadIdx.x; first < group; first += STRETCH * THREADS)
    {
        load_stretch(input + start, first, group, values);
        if (delta)
        {
            load_stretch(delta + start, first, group, others);
        }

#pragma unroll
        for (int j = 0; j < STRETCH; j++)
        {
            int i = first + j * THREADS;
            if (delta && i < group)
            {
                values[j] += others[j];
                input[start + i] = values[j];
            }

            squares += values[j] * values[j];
        }
    }

    float scale = 1.0f / sqrtf(block_sum(squares, scratch) / (float)group + epsilon);
    for (int first = threadIdx.x; first < group; first += STRETCH * THREADS)
    {
        load_stretch(input + start, first, group, values);
        load_stretch(weight, first, group, others);
#pragma unroll
        for (int j = 0; j < STRETCH; j++)
        {
            int i = first + j * THREADS;
            if (i < group)
            {
                output[start + i] = values[j] * scale * others[j];
            }
        }
    }
}

__device__ __forceinline__ float silu_of(float x) { return x / (1.0f + expf(-x)); }

// Grid (rows, ceil(size / (STRETCH * THREADS))).
KERNEL(THREADS) gated_activation(const float* gate_and_up, int size, float* output)
{
    const float* row = gate_and_up + (uint64)blockIdx.x * 2 * size;
    int first = blockIdx.y * STRETCH * THREADS + threadIdx.x;
    float gates[STRETCH];
    float ups[STRETCH];
    load_stretch(row, first, size, gates);
    load_stretch(row + size, first, size, ups);
#pragma unroll
    for (int j = 0; j < STRETCH; j++)
    {
        int i = first + j * THREADS;
        if (i < size)
        {
            output[(uint64)blockIdx.x * size + i] = silu_of(gates[j]) * ups[j];
        }
    }
}

// One thread a number; y may be x. Grid (ceil(length / THREADS)).
KERNEL(THREADS) silu(const float* x, long long length, float* y)
{
    long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i < length)
    {
        y[i] = silu_of(x[i]);
    }
}

// Grid (rows); a negative row leaves the output's as it is.
KERNEL(THREADS) gather_rows(const float* input, const int* rows, int columns, float* output)
{
    if (rows[blockIdx.x] < 0)
    {
        return;
    }

    for (int i = threadIdx.x; i < columns; i += THREADS)
    {
        output[(uint64)blockIdx.x * columns + i] = input[(uint64)rows[blockIdx.x] * columns + i];
    }
}
