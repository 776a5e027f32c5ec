// LoRA pairs of all adapters in a batch, in two launches a matmul. A group is up to GROUP_ROWS rows of the batch with the same pair, so that A and B are read
// once for them; a row's sums are made in the same order whatever group it falls into.

#define GROUP_ROWS 8

struct AdapterGroup
{
    const float* a; // [rank, inputs]
    const float* b; // [rank, outputs], with the scale in it
    int rank;
    int outputs;
    int first_column;
    int rows;
    int row[GROUP_ROWS];
};

// inner[group, row of the group, r] = x[row] . a[r]. Grid (rank, groups); each warp of a block takes a stretch of the inputs, so that all loads of a sum are under way
// together, and the stretches are added in their order.
KERNEL(THREADS, 1) adapter_inner(const AdapterGroup* groups, const float* input, int inputs, int most_rank, float* inner)
{
    __shared__ float parts[WARPS][GROUP_ROWS];
    const AdapterGroup& group = groups[blockIdx.y];
    int r = blockIdx.x;
    int warp = threadIdx.x >> 5;
    int length = (inputs + WARPS - 1) / WARPS;
    int end = min(inputs, (warp + 1) * length);
    if (r >= group.rank || group.rows == 0)
    {
        return;
    }

    float sums[GROUP_ROWS] = {};
#pragma unroll 4
    for (int i = warp * length + (threadIdx.x & 31); i < end; i += 32)
    {
        float weight = group.a[(uint64)r * inputs + i];
#pragma unroll
        for (int row = 0; row < GROUP_ROWS; row++)
        {
            if (row < group.rows)
            {
                sums[row] = fmaf(weight, input[(uint64)group.row[row] * inputs + i], sums[row]);
            }
        }
    }

#pragma unroll
    for (int row = 0; row < GROUP_ROWS; row++)
    {
        sums[row] = warp_sum(sums[row]);
        if ((threadIdx.x & 31) == 0)
        {
            parts[warp][row] = sums[row];
        }
    }

    __syncthreads();
    if (threadIdx.x < group.rows)
    {
        float sum = 0;
        for (int w = 0; w < WARPS; w++)
        {
            sum += parts[w][threadIdx.x];
        }

        inner[((uint64)blockIdx.y * GROUP_ROWS + threadIdx.x) * most_rank + r] = sum;
    }
}

// output[row, first column + o] += inner[row] . b[:, o]. Grid (ceil(outputs / THREADS), groups); a thread an output.
KERNEL(THREADS) adapter_outer(const AdapterGroup* groups, const float* inner, int most_rank, int stride, float* output)
{
    const AdapterGroup& group = groups[blockIdx.y];
    int o = blockIdx.x * THREADS + threadIdx.x;
    if (o >= group.outputs)
    {
        return;
    }

    float sums[GROUP_ROWS] = {};
#pragma unroll 8
    for (int r = 0; r < group.rank; r++)
    {
        float weight = group.b[(uint64)r * group.outputs + o];
#pragma unroll
        for (int row = 0; row < GROUP_ROWS; row++)
        {
            if (row < group.rows)
            {
                sums[row] = fmaf(weight, inner[((uint64)blockIdx.y * GROUP_ROWS + row) * most_rank + r], sums[row]);
            }
        }
    }

#pragma unroll
    for (int row = 0; row < GROUP_ROWS; row++)
    {
        if (row < group.rows)
        {
            output[(uint64)group.row[row] * stride + group.first_column + o] += sums[row];
        }
    }
}
