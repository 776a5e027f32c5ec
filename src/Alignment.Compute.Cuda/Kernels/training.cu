// Training in f32: the operations of Alignment.Compute/Cpu/Training, forwards and backwards, with the same layouts. Every output element is
// one sum in a fixed order, made by one thread, warp or block: no atomics, so a run can be repeated bit for bit.

// C [rows, columns] (+)= A B with A [rows, depth] and B [depth, columns] behind arbitrary strides: the three matmuls of a linear layer are
// this one kernel.
//
//                       B  16 x 64
//                      +----------+
//     A  64 x 16       | C 64 x 64|
//    +----------+      |   [4x4]  |
//    +----------+      +----------+
//
// 1. Slices of depth 16 of both sides go to shared memory, the next numbers of a slice side by side.
// 2. Thread (down, across) multiplies 4 x 4: a column of A's slice with a row of B's, in ascending depth.
// 3. When the depth is through, the 16 sums go to C, or are added to it.
//
// Grid (ceil(columns / 64), ceil(rows / 64)).
#define STRIDED_TILE 64
#define STRIDED_DEPTH 16
#define STRIDED_PART 4
#define STRIDED_STRIDE (STRIDED_TILE + 4) // padded against bank conflicts, and still whole float4

// Neighbouring threads read neighbours in memory, whichever of the two strides is 1.
__device__ __forceinline__ void load_slice(
    const float* source, long long line_stride, long long depth_stride, int first_line, int lines, int first_depth, int depth, float* slice)
{
    for (int i = threadIdx.x; i < STRIDED_TILE * STRIDED_DEPTH; i += THREADS)
    {
        int line = depth_stride == 1 ? i / STRIDED_DEPTH : i % STRIDED_TILE;
        int k = depth_stride == 1 ? i % STRIDED_DEPTH : i / STRIDED_TILE;
        bool inside = first_line + line < lines && first_depth + k < depth;
        slice[k * STRIDED_STRIDE + line] = inside ? source[(first_line + line) * line_stride + (first_depth + k) * depth_stride] : 0.0f;
    }
}

KERNEL(THREADS) strided_matmul(
    const float* a, long long a_row, long long a_depth, const float* b, long long b_depth, long long b_column, int rows, int columns, int depth, int accumulate, float* c,
    long long stride)
{
    __shared__ float4 a_slice[STRIDED_DEPTH * STRIDED_STRIDE / 4];
    __shared__ float4 b_slice[STRIDED_DEPTH * STRIDED_STRIDE / 4];
    int first_row = blockIdx.y * STRIDED_TILE;
    int first_column = blockIdx.x * STRIDED_TILE;
    int down = threadIdx.x / 16;
    int across = threadIdx.x % 16;
    float sums[STRIDED_PART][STRIDED_PART] = {};
    for (int k = 0; k < depth; k += STRIDED_DEPTH)
    {
        load_slice(a, a_row, a_depth, first_row, rows, k, depth, (float*)a_slice);
        load_slice(b, b_column, b_depth, first_column, columns, k, depth, (float*)b_slice);
        __syncthreads();
#pragma unroll
        for (int i = 0; i < STRIDED_DEPTH; i++)
        {
            float4 left = a_slice[i * (STRIDED_STRIDE / 4) + down];
            float4 right = b_slice[i * (STRIDED_STRIDE / 4) + across];
            float x[STRIDED_PART] = {left.x, left.y, left.z, left.w};
            float y[STRIDED_PART] = {right.x, right.y, right.z, right.w};
#pragma unroll
            for (int m = 0; m < STRIDED_PART; m++)
            {
#pragma unroll
                for (int n = 0; n < STRIDED_PART; n++)
                {
                    sums[m][n] = fmaf(x[m], y[n], sums[m][n]);
                }
            }
        }

        __syncthreads();
    }

#pragma unroll
    for (int m = 0; m < STRIDED_PART; m++)
    {
#pragma unroll
        for (int n = 0; n < STRIDED_PART; n++)
        {
            int row = first_row + down * STRIDED_PART + m;
            int column = first_column + across * STRIDED_PART + n;
            if (row < rows && column < columns)
            {
                float* target = c + row * stride + column;
                *target = accumulate ? *target + sums[m][n] : sums[m][n];
            }
        }
    }
}

// One block a row. x and y may be the same memory: a thread reads and writes its own columns.
KERNEL(THREADS) rms_norm_forward(const float* x, long long x_stride, const float* weight, int size, float epsilon, float* y, long long y_stride, float* scales)
{
    __shared__ float scratch[WARPS];
    const float* input = x + blockIdx.x * x_stride;
    float squares = 0;
    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        squares = fmaf(input[i], input[i], squares);
    }

    float scale = 1.0f / sqrtf(block_sum(squares, scratch) / (float)size + epsilon);
    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        y[blockIdx.x * y_stride + i] = input[i] * scale * weight[i];
    }

    if (threadIdx.x == 0)
    {
        scales[blockIdx.x] = scale;
    }
}

// dx (+)= r * (weight * dy) - x * r^3 / size * sum(weight * dy * x). One block a row; dy and dx may be the same memory.
KERNEL(THREADS) rms_norm_backward(
    const float* x, long long x_stride, const float* weight, const float* scales, const float* dy, long long dy_stride, int size, int accumulate, float* dx,
    long long dx_stride)
{
    __shared__ float scratch[WARPS];
    const float* input = x + blockIdx.x * x_stride;
    const float* gradient = dy + blockIdx.x * dy_stride;
    float* target = dx + blockIdx.x * dx_stride;
    float scale = scales[blockIdx.x];
    float sum = 0;
    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        sum = fmaf(gradient[i] * input[i], weight[i], sum);
    }

    float projection = block_sum(sum, scratch) * scale * scale * scale / (float)size;
    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        float value = weight[i] * gradient[i] * scale - input[i] * projection;
        target[i] = accumulate ? target[i] + value : value;
    }
}

// sum[column] += factor * (sum over rows of y, or of y * x * scales[row] where there is an x): the gradients of a bias and of a norm's weight. A block makes 32 columns: warp w
// takes rows w, w + 8, ..., and the eight parts are added in order. Grid ceil(columns / 32).
KERNEL(THREADS) column_sums(const float* y, long long y_stride, const float* x, long long x_stride, const float* scales, int rows, int columns, float factor, float* sum)
{
    __shared__ float parts[WARPS][32];
    int lane = threadIdx.x & 31;
    int warp = threadIdx.x >> 5;
    int column = blockIdx.x * 32 + lane;
    float part = 0;
    for (int row = warp; row < rows && column < columns; row += WARPS)
    {
        float value = y[row * y_stride + column];
        part = x ? fmaf(value * x[row * x_stride + column], scales[row], part) : part + value;
    }

    parts[warp][lane] = part;
    __syncthreads();
    if (warp == 0 && column < columns)
    {
        float total = 0;
        for (int i = 0; i < WARPS; i++)
        {
            total += parts[i][lane];
        }

        sum[column] += factor * total;
    }
}

// Turns every head of x [rows, heads * 2 half] in place; direction 1 forwards, -1 back. One block a row.
KERNEL(THREADS) rotate_heads(const float* cosines, const float* sines, int heads, int half, float direction, float* x, long long stride)
{
    for (int i = threadIdx.x; i < heads * half; i += THREADS)
    {
        int pair = i % half;
        float* first = x + blockIdx.x * stride + (i / half) * 2 * half + pair;
        float cosine = cosines[(uint64)blockIdx.x * half + pair];
        float sine = sines[(uint64)blockIdx.x * half + pair] * direction;
        float a = first[0];
        float b = first[half];
        first[0] = a * cosine - b * sine;
        first[half] = b * cosine + a * sine;
    }
}

// Causal grouped-query attention over rows [queries | keys | values]. A warp owns a row of the output and walks what it depends on in order; a lane of the warp holds every
// 32nd element of a head. Heads have at most 32 * HEAD_PARTS elements.
#define HEAD_PARTS 8

// Member functions are the device's: NVRTC runs with -default-device.
struct AttentionRows
{
    const float* qkv;
    int length, heads, key_value_heads, size;

    uint64 width() const { return (uint64)(heads + 2 * key_value_heads) * size; }
    uint64 query(int row, int head) const { return row * width() + (uint64)head * size; }
    uint64 key(int row, int head) const { return row * width() + (uint64)(heads + head) * size; }
    uint64 value(int row, int head) const { return row * width() + (uint64)(heads + key_value_heads + head) * size; }
    uint64 output(int row, int head) const { return ((uint64)row * heads + head) * size; }
};

__device__ __forceinline__ void load_head(const float* source, int size, float* head)
{
#pragma unroll
    for (int i = 0; i < HEAD_PARTS; i++)
    {
        int element = i * 32 + (threadIdx.x & 31);
        head[i] = element < size ? source[element] : 0.0f;
    }
}

__device__ __forceinline__ void store_head(const float* head, int size, float factor, float* target)
{
#pragma unroll
    for (int i = 0; i < HEAD_PARTS; i++)
    {
        int element = i * 32 + (threadIdx.x & 31);
        if (element < size)
        {
            target[element] = head[i] * factor;
        }
    }
}

__device__ __forceinline__ float head_dot(const float* a, const float* b)
{
    float sum = 0;
#pragma unroll
    for (int i = 0; i < HEAD_PARTS; i++)
    {
        sum = fmaf(a[i], b[i], sum);
    }

    return warp_sum(sum);
}

__device__ __forceinline__ void head_add(float factor, const float* head, float* sum)
{
#pragma unroll
    for (int i = 0; i < HEAD_PARTS; i++)
    {
        sum[i] = fmaf(factor, head[i], sum[i]);
    }
}

// Grid (ceil(length / WARPS), heads). One pass over the keys: the sum is rescaled whenever the maximum grows.
KERNEL(THREADS) attention_forward(AttentionRows rows, float scale, float* y, float* log_sums)
{
    int row = blockIdx.x * WARPS + (threadIdx.x >> 5);
    int head = blockIdx.y;
    int shared_head = head / (rows.heads / rows.key_value_heads);
    float query[HEAD_PARTS], other[HEAD_PARTS], mean[HEAD_PARTS] = {};
    if (row >= rows.length)
    {
        return;
    }

    load_head(rows.qkv + rows.query(row, head), rows.size, query);
    float maximum = NEGATIVE_INFINITY;
    float sum = 0;
    for (int key = 0; key <= row; key++)
    {
        load_head(rows.qkv + rows.key(key, shared_head), rows.size, other);
        float score = head_dot(query, other) * scale;
        float highest = fmaxf(maximum, score);
        float keep = expf(maximum - highest);
        float weight = expf(score - highest);
        maximum = highest;
        sum = sum * keep + weight;
        load_head(rows.qkv + rows.value(key, shared_head), rows.size, other);
#pragma unroll
        for (int i = 0; i < HEAD_PARTS; i++)
        {
            mean[i] = fmaf(weight, other[i], mean[i] * keep);
        }
    }

    store_head(mean, rows.size, 1.0f / sum, y + rows.output(row, head));
    if ((threadIdx.x & 31) == 0)
    {
        log_sums[(uint64)head * rows.length + row] = maximum + logf(sum);
    }
}

// dQ = sum over keys of dS K with dS = P (dP - D) scale, dP = dY V^T, D = dY . Y; D [heads, length] is kept for the keys. Grid as above.
KERNEL(THREADS) attention_query_gradient(AttentionRows rows, float scale, const float* y, const float* log_sums, const float* dy, float* means, float* d_qkv)
{
    int row = blockIdx.x * WARPS + (threadIdx.x >> 5);
    int head = blockIdx.y;
    int shared_head = head / (rows.heads / rows.key_value_heads);
    float query[HEAD_PARTS], gradient[HEAD_PARTS], other[HEAD_PARTS], sum[HEAD_PARTS] = {};
    if (row >= rows.length)
    {
        return;
    }

    load_head(rows.qkv + rows.query(row, head), rows.size, query);
    load_head(dy + rows.output(row, head), rows.size, gradient);
    load_head(y + rows.output(row, head), rows.size, other);
    float mean = head_dot(gradient, other);
    float log_sum = log_sums[(uint64)head * rows.length + row];
    for (int key = 0; key <= row; key++)
    {
        load_head(rows.qkv + rows.value(key, shared_head), rows.size, other);
        float d_probability = head_dot(gradient, other);
        load_head(rows.qkv + rows.key(key, shared_head), rows.size, other);
        float probability = expf(head_dot(query, other) * scale - log_sum);
        head_add(probability * (d_probability - mean) * scale, other, sum);
    }

    store_head(sum, rows.size, 1.0f, d_qkv + rows.query(row, head));
    if ((threadIdx.x & 31) == 0)
    {
        means[(uint64)head * rows.length + row] = mean;
    }
}

// dK = sum over later rows, of every head that shares the key, of dS Q; dV = sum of P dY. Grid (ceil(length / WARPS), key/value heads).
KERNEL(THREADS) attention_key_value_gradient(AttentionRows rows, float scale, const float* log_sums, const float* means, const float* dy, float* d_qkv)
{
    int key = blockIdx.x * WARPS + (threadIdx.x >> 5);
    int shared_head = blockIdx.y;
    int group = rows.heads / rows.key_value_heads;
    float keys[HEAD_PARTS], values[HEAD_PARTS], query[HEAD_PARTS], gradient[HEAD_PARTS], d_key[HEAD_PARTS] = {}, d_value[HEAD_PARTS] = {};
    if (key >= rows.length)
    {
        return;
    }

    load_head(rows.qkv + rows.key(key, shared_head), rows.size, keys);
    load_head(rows.qkv + rows.value(key, shared_head), rows.size, values);
    for (int head = shared_head * group; head < (shared_head + 1) * group; head++)
    {
        for (int row = key; row < rows.length; row++)
        {
            load_head(rows.qkv + rows.query(row, head), rows.size, query);
            load_head(dy + rows.output(row, head), rows.size, gradient);
            uint64 index = (uint64)head * rows.length + row;
            float probability = expf(head_dot(query, keys) * scale - log_sums[index]);
            head_add(probability, gradient, d_value);
            head_add(probability * (head_dot(gradient, values) - means[index]) * scale, query, d_key);
        }
    }

    store_head(d_key, rows.size, 1.0f, d_qkv + rows.key(key, shared_head));
    store_head(d_value, rows.size, 1.0f, d_qkv + rows.value(key, shared_head));
}

// d[gate | up] from dy: silu'(g) = s + g s (1 - s) with s = sigmoid(g). One block a row.
KERNEL(THREADS) swiglu_backward(const float* gate_and_up, const float* dy, int size, float* d_gate_and_up)
{
    uint64 row = (uint64)blockIdx.x * 2 * size;
    for (int i = threadIdx.x; i < size; i += THREADS)
    {
        float gate = gate_and_up[row + i];
        float sigmoid = 1.0f / (1.0f + expf(-gate));
        float silu = gate * sigmoid;
        float gradient = dy[(uint64)blockIdx.x * size + i];
        d_gate_and_up[row + i] = gradient * gate_and_up[row + size + i] * (sigmoid + silu * (1.0f - sigmoid));
        d_gate_and_up[row + size + i] = gradient * silu;
    }
}

// One thread an element; dx may be dy.
KERNEL(THREADS) silu_backward(const float* x, const float* dy, long long length, float* dx)
{
    long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i < length)
    {
        float sigmoid = 1.0f / (1.0f + expf(-x[i]));
        dx[i] = dy[i] * (sigmoid + x[i] * sigmoid * (1.0f - sigmoid));
    }
}

// log softmax(logits)[target] of a row; with weights also turns the row into weight * (softmax - onehot), exactly 0 where the weight is. One block a row.
KERNEL(THREADS) cross_entropy(float* logits, const int* targets, const float* weights, int vocabulary, float* log_probabilities)
{
    __shared__ float scratch[WARPS];
    float* row = logits + (uint64)blockIdx.x * vocabulary;
    int target = targets[blockIdx.x];
    float chosen = row[target];
    float maximum = NEGATIVE_INFINITY;
    for (int i = threadIdx.x; i < vocabulary; i += THREADS)
    {
        maximum = fmaxf(maximum, row[i]);
    }

    maximum = block_max(maximum, scratch);
    float sum = 0;
    for (int i = threadIdx.x; i < vocabulary; i += THREADS)
    {
        sum += expf(row[i] - maximum);
    }

    sum = block_sum(sum, scratch);
    for (int i = threadIdx.x; weights && i < vocabulary; i += THREADS)
    {
        float weight = weights[blockIdx.x];
        row[i] = weight == 0 ? 0.0f : expf(row[i] - maximum) * (weight / sum) - (i == target ? weight : 0.0f);
    }

    if (threadIdx.x == 0)
    {
        log_probabilities[blockIdx.x] = chosen - maximum - logf(sum);
    }
}

// table[token] += dy, in the order of the tokens: the block of a token's first place adds all of its rows, the others have nothing to do.
KERNEL(THREADS) scatter_add(const float* dy, const int* tokens, int count, int size, float* table)
{
    int token = tokens[blockIdx.x];
    for (int i = 0; i < blockIdx.x; i++)
    {
        if (tokens[i] == token)
        {
            return;
        }
    }

    for (int i = blockIdx.x; i < count; i++)
    {
        if (tokens[i] == token)
        {
            for (int column = threadIdx.x; column < size; column += THREADS)
            {
                table[(uint64)token * size + column] += dy[(uint64)i * size + column];
            }
        }
    }
}

// y[i] = factor * x[i], or y[i] += factor * x[i]. x is repeated: it has x_length elements, so that it may be one bias for all rows. One thread an element.
KERNEL(THREADS) add_scaled(const float* x, long long x_length, float factor, int accumulate, long long length, float* y)
{
    long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i < length)
    {
        float value = factor * x[x_length < length ? i % x_length : i];
        y[i] = accumulate ? y[i] + value : value;
    }
}

// Partial sums, one a block; the grid is the same whatever the length, so the order of summation depends on the length alone.
KERNEL(THREADS) sum_of_squares(const float* values, long long length, int blocks, double* partial)
{
    __shared__ double scratch[WARPS];
    double sum = 0;
    for (long long i = (long long)blockIdx.x * THREADS + threadIdx.x; i < length; i += (long long)blocks * THREADS)
    {
        sum += (double)values[i] * values[i];
    }

    sum = block_sum(sum, scratch);
    if (threadIdx.x == 0)
    {
        partial[blockIdx.x] = sum;
    }
}

// AdamWStep of the host, field by field.
struct AdamWNumbers
{
    float learning_rate, beta1, beta2, epsilon, decay, first_correction, second_correction, gradient_scale;
};

KERNEL(THREADS) adamw(AdamWNumbers step, const float* gradients, long long length, float* first_moments, float* second_moments, float* values)
{
    long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i < length)
    {
        float gradient = gradients[i] * step.gradient_scale;
        float m = step.beta1 * first_moments[i] + (1.0f - step.beta1) * gradient;
        float v = step.beta2 * second_moments[i] + (1.0f - step.beta2) * gradient * gradient;
        first_moments[i] = m;
        second_moments[i] = v;
        float direction = m / (sqrtf(v / step.second_correction) + step.epsilon);
        values[i] = (1.0f - step.learning_rate * step.decay) * values[i] - step.learning_rate / step.first_correction * direction;
    }
}
