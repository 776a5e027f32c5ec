// LoRA pairs of all adapters in a batch, in two launches a product. A group is up to GROUP_ROWS rows of the batch with the same pair, so that A and B are read
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

// inner[group, row of the group, r] = x[row] . a[r]. Grid (ceil(rank / WARPS), groups); a warp a rank.
KERNEL(THREADS) adapter_inner(const AdapterGroup* groups, const float* input, int inputs, int most_rank, float* inner)
{
    AdapterGroup group = groups[blockIdx.y];
    int r = blockIdx.x * WARPS + (threadIdx.x >> 5);
    int lane = threadIdx.x & 31;
    if (r >= group.rank || group.rows == 0)
    {
        return;
    }

    float sums[GROUP_ROWS] = {};
    for (int i = lane; i < inputs; i += 32)
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
        float sum = warp_sum(sums[row]);
        if (lane == 0 && row < group.rows)
        {
            inner[((uint64)blockIdx.y * GROUP_ROWS + row) * most_rank + r] = sum;
        }
    }
}

// output[row, first column + o] += inner[row] . b[:, o]. Grid (ceil(outputs / THREADS), groups); a thread an output.
KERNEL(THREADS) adapter_outer(const AdapterGroup* groups, const float* inner, int most_rank, int stride, float* output)
{
    AdapterGroup group = groups[blockIdx.y];
    int o = blockIdx.x * THREADS + threadIdx.x;
    if (o >= group.outputs)
    {
        return;
    }

    float sums[GROUP_ROWS] = {};
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
