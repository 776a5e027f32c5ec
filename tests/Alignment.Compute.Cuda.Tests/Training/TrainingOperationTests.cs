using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Cuda.Training;
using Alignment.Compute.Tests.Cpu;

namespace Alignment.Compute.Cuda.Tests.Training;

/// <summary>
/// Every training kernel against its twin on the host, at sizes that are multiples of nothing, whatever order the threads of a block run
/// in.
/// </summary>
[Collection(nameof(TestDevice))]
public sealed unsafe class TrainingOperationTests
{
    private const int Rows = 11;

    private delegate float[] Work(ITrainingBackend backend, Arrays arrays);

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void The_three_matmuls_of_a_linear_layer_agree(int order)
    {
        foreach ((int rows, int outputs, int inputs) in new[] { (1, 1, 1), (11, 31, 7), (65, 70, 17), (3, 130, 33) })
        {
            Compare(order, (backend, arrays) => Linear(backend, arrays, rows, outputs, inputs), 1e-5);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Norms_agree_forwards_and_backwards(int order)
    {
        foreach (int size in new[] { 1, 6, 33, 300 })
        {
            Compare(order, (backend, arrays) => Norm(backend, arrays, size, accumulate: false), 2e-5);
            Compare(order, (backend, arrays) => Norm(backend, arrays, size, accumulate: true), 2e-5);
            Compare(order, (backend, arrays) => NormInPlace(backend, arrays, size), 2e-5);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Rotation_and_gates_agree_forwards_and_backwards(int order)
    {
        foreach (int half in new[] { 1, 5, 33 })
        {
            Compare(order, (backend, arrays) => Rotated(backend, arrays, heads: 3, half), 1e-6);
            Compare(order, (backend, arrays) => Gated(backend, arrays, size: 7 * half), 1e-5);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Attention_agrees_forwards_and_backwards(int order)
    {
        foreach ((int heads, int keyValueHeads, int size, int length) in new[]
        {
            (4, 2, 64, 37), (3, 1, 10, 19), (2, 2, 144, 9), (1, 1, 2, 1),
        })
        {
            Compare(order, (backend, arrays) => Attended(backend, arrays, new AttentionShape(heads, keyValueHeads, size), length), 2e-5);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Cross_entropy_and_embeddings_agree(int order)
    {
        foreach (int vocabulary in new[] { 2, 37, 301 })
        {
            Compare(order, (backend, arrays) => Losses(backend, arrays, vocabulary), 2e-5);
            Compare(order, (backend, arrays) => Embedded(backend, arrays, size: vocabulary), 1e-6);
        }
    }

    [CudaTheory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void Elementwise_operations_and_the_optimizer_agree(int order)
    {
        foreach (int size in new[] { 1, 45, 700 })
        {
            Compare(order, (backend, arrays) => Elementwise(backend, arrays, size), 1e-5);
            Compare(order, (backend, arrays) => Optimized(backend, arrays, size), 1e-5);
        }
    }

    [CudaFact]
    public void A_row_of_a_matmul_is_bit_for_bit_the_same_alone_and_among_others()
    {
        using CudaTrainingBackend cuda = new();
        using Arrays arrays = new(cuda);
        float* x = arrays.Random(70 * 33, 1);
        float* weight = arrays.Random(65 * 33, 2);
        float* y = arrays.Zeros(70 * 65);
        using LinearWeight linear = cuda.CreateLinear(weight, 65, 33);
        linear.Forward(x, 70, accumulate: false, y);
        float[] together = arrays.Read(y + (69 * 65), 65);
        linear.Forward(x + (69 * 33), 1, accumulate: false, y);
        Assert.Equal(together, arrays.Read(y, 65));
    }

    [CudaFact]
    public void No_rows_are_no_work()
    {
        using CudaTrainingBackend cuda = new();
        using Arrays arrays = new(cuda);
        float* x = arrays.Of([1, 2, 3]);
        cuda.RmsNormForward(x, 3, x, 0, 3, 1e-5f, x, 3, x);
        cuda.AttentionForward(new AttentionShape(1, 1, 1), x, 0, x, x);
        cuda.Gather(x, [], 3, x);
        cuda.ScatterAdd(x, [], 3, x);
        Assert.Equal(0, cuda.CrossEntropyForwardBackward(x, [], [], 3));
        cuda.MatMul(new MatrixView(x, 3), new MatrixView(x, 3), 0, 3, 1, accumulate: false, x, 3);
        Assert.Equal(0, cuda.SumOfSquares(x, 0));
        Assert.Equal([1, 2, 3], arrays.Read(x, 3));
    }

    [CudaFact]
    public void Heads_that_do_not_fit_and_ranges_beyond_a_buffer_are_refused()
    {
        using CudaTrainingBackend cuda = new();
        using TrainingBuffer buffer = cuda.Allocate(10);
        Assert.Throws<ArgumentException>(
            () => cuda.AttentionForward(new AttentionShape(1, 1, 258), buffer.Pointer, 1, buffer.Pointer, buffer.Pointer));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Write(8, [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Read(-1, new float[3]));
        Assert.Throws<InsufficientMemoryException>(() => cuda.Allocate(1L << 50));
    }

    private static void Compare(int order, Work work, double tolerance)
    {
        TestDevice.SetOrder(order);
        using CudaTrainingBackend cuda = new();
        using CpuTrainingBackend cpu = new(threads: 1);
        using Arrays expected = new(cpu);
        using Arrays actual = new(cuda);
        Inputs.AssertClose(work(cpu, expected), work(cuda, actual), tolerance);
    }

    private static float[] Linear(ITrainingBackend backend, Arrays arrays, int rows, int outputs, int inputs)
    {
        float* x = arrays.Random(rows * inputs, 1);
        float* y = arrays.Random(rows * outputs, 2);
        float* replaced = arrays.Zeros(rows * outputs);
        float* dx = arrays.Zeros(rows * inputs);
        float* dW = arrays.Random(outputs * inputs, 3);
        using LinearWeight linear = backend.CreateLinear(arrays.Random(outputs * inputs, 4), outputs, inputs);
        linear.Refresh();
        linear.Forward(x, rows, accumulate: true, y);
        linear.Forward(x, rows, accumulate: false, replaced);
        linear.InputGradient(y, rows, dx);
        linear.WeightGradient(x, y, rows, dW);
        return
        [
            .. arrays.Read(y, rows * outputs),
            .. arrays.Read(replaced, rows * outputs),
            .. arrays.Read(dx, rows * inputs),
            .. arrays.Read(dW, outputs * inputs),
        ];
    }

    /// <summary>Rows lie apart, as the heads of a projection do.</summary>
    private static float[] Norm(ITrainingBackend backend, Arrays arrays, int size, bool accumulate)
    {
        (int xStride, int yStride) = (size + 3, size + 5);
        float* x = arrays.Random(Rows * xStride, 1, 3);
        float* weight = arrays.Random(size, 2);
        float* y = arrays.Zeros(Rows * yStride);
        float* scales = arrays.Zeros(Rows);
        float* dx = arrays.Random(Rows * xStride, 4);
        float* dWeight = arrays.Random(size, 5);
        backend.RmsNormForward(x, xStride, weight, Rows, size, 1e-5f, y, yStride, scales);
        backend.RmsNormBackward(
            x, xStride, weight, scales, arrays.Random(Rows * yStride, 3), yStride, Rows, size, accumulate, dx, xStride, dWeight);
        return
        [
            .. arrays.Read(y, Rows * yStride),
            .. arrays.Read(scales, Rows),
            .. arrays.Read(dx, Rows * xStride),
            .. arrays.Read(dWeight, size),
        ];
    }

    private static float[] NormInPlace(ITrainingBackend backend, Arrays arrays, int size)
    {
        float* x = arrays.Random(Rows * size, 1, 3);
        float* y = arrays.Random(Rows * size, 1, 3);
        float* weight = arrays.Random(size, 2);
        float* scales = arrays.Zeros(Rows);
        float* gradient = arrays.Random(Rows * size, 3);
        float* dWeight = arrays.Zeros(size);
        backend.RmsNormForward(y, size, weight, Rows, size, 1e-5f, y, size, scales);
        backend.RmsNormBackward(x, size, weight, scales, gradient, size, Rows, size, accumulate: false, gradient, size, dWeight);
        return [.. arrays.Read(y, Rows * size), .. arrays.Read(gradient, Rows * size), .. arrays.Read(dWeight, size)];
    }

    private static float[] Rotated(ITrainingBackend backend, Arrays arrays, int heads, int half)
    {
        int stride = (heads * 2 * half) + 7;
        float* cosines = arrays.Random(Rows * half, 1);
        float* sines = arrays.Random(Rows * half, 2);
        float* x = arrays.Random(Rows * stride, 3);
        backend.RotaryForward(cosines, sines, Rows, heads, 2 * half, x, stride);
        float[] forward = arrays.Read(x, Rows * stride);
        backend.RotaryBackward(cosines, sines, Rows, heads, 2 * half, x, stride);
        return [.. forward, .. arrays.Read(x, Rows * stride)];
    }

    private static float[] Gated(ITrainingBackend backend, Arrays arrays, int size)
    {
        float* gateUp = arrays.Random(Rows * 2 * size, 1, 9);
        float* y = arrays.Zeros(Rows * size);
        float* dGateUp = arrays.Zeros(Rows * 2 * size);
        backend.SwiGluForward(gateUp, Rows, size, y);
        backend.SwiGluBackward(gateUp, arrays.Random(Rows * size, 2), Rows, size, dGateUp);
        float* silu = arrays.Zeros(Rows * 2 * size);
        float* dSilu = arrays.Random(Rows * 2 * size, 3);
        backend.SiluForward(gateUp, Rows * 2 * size, silu);
        backend.SiluBackward(gateUp, dSilu, Rows * 2 * size, dSilu);
        return
        [
            .. arrays.Read(y, Rows * size),
            .. arrays.Read(dGateUp, Rows * 2 * size),
            .. arrays.Read(silu, Rows * 2 * size),
            .. arrays.Read(dSilu, Rows * 2 * size),
        ];
    }

    private static float[] Attended(ITrainingBackend backend, Arrays arrays, AttentionShape shape, int length)
    {
        float* qkv = arrays.Random(length * shape.Width, 1, 2);
        float* y = arrays.Zeros(length * shape.QuerySize);
        float* logSums = arrays.Zeros(shape.Heads * length);
        float* dQkv = arrays.Random(length * shape.Width, 3);
        backend.AttentionForward(shape, qkv, length, y, logSums);
        backend.AttentionBackward(shape, qkv, y, logSums, arrays.Random(length * shape.QuerySize, 2), length, dQkv);
        return
        [
            .. arrays.Read(y, length * shape.QuerySize),
            .. arrays.Read(logSums, shape.Heads * length),
            .. arrays.Read(dQkv, length * shape.Width),
        ];
    }

    private static float[] Losses(ITrainingBackend backend, Arrays arrays, int vocabulary)
    {
        int[] targets = [vocabulary - 1, 0, 1, 1];
        float[] logProbabilities = new float[targets.Length];
        float* logits = arrays.Random(targets.Length * vocabulary, 1, 20);
        backend.LogProbabilities(arrays.Random(targets.Length * vocabulary, 1, 20), targets, vocabulary, logProbabilities);
        arrays.Write([float.PositiveInfinity], logits + vocabulary); // in the row that is masked
        double loss = backend.CrossEntropyForwardBackward(logits, targets, [0.5f, 0, -2, 3], vocabulary);
        return [.. logProbabilities, (float)loss, .. arrays.Read(logits, targets.Length * vocabulary)];
    }

    private static float[] Embedded(ITrainingBackend backend, Arrays arrays, int size)
    {
        int[] tokens = [2, 0, 2, 4, 2, 0];
        float* table = arrays.Random(5 * size, 1);
        float* y = arrays.Zeros(tokens.Length * size);
        backend.Gather(table, tokens, size, y);
        backend.ScatterAdd(arrays.Random(tokens.Length * size, 2), tokens, size, table);
        return [.. arrays.Read(y, tokens.Length * size), .. arrays.Read(table, 5 * size)];
    }

    private static float[] Elementwise(ITrainingBackend backend, Arrays arrays, int size)
    {
        float* x = arrays.Random(Rows * size, 1);
        float* y = arrays.Random(Rows * size, 2);
        float* copy = arrays.Zeros(Rows * size);
        float* sum = arrays.Random(size, 4);
        backend.AddBias(arrays.Random(size, 3), Rows, size, y);
        backend.Accumulate(x, Rows * size, y);
        backend.SumRows(y, Rows, size, 0.7f, sum);
        backend.Copy(y, Rows * size, copy);
        backend.Scale(copy, -0.3f, Rows * size, copy);
        backend.Clear(x, size);
        return
        [
            .. arrays.Read(x, Rows * size),
            .. arrays.Read(y, Rows * size),
            .. arrays.Read(copy, Rows * size),
            .. arrays.Read(sum, size),
            (float)backend.SumOfSquares(y, Rows * size),
        ];
    }

    private static float[] Optimized(ITrainingBackend backend, Arrays arrays, int size)
    {
        float* values = arrays.Random(size, 1);
        float* first = arrays.Zeros(size);
        float* second = arrays.Zeros(size);
        for (uint t = 1; t <= 3; t++)
        {
            AdamWStep step = new()
            {
                LearningRate = 0.01f,
                Beta1 = 0.9f,
                Beta2 = 0.95f,
                Epsilon = 1e-8f,
                Decay = 0.1f,
                FirstCorrection = (float)(1 - Math.Pow(0.9, t)),
                SecondCorrection = (float)(1 - Math.Pow(0.95, t)),
                GradientScale = 0.5f,
            };
            backend.UpdateAdamW(step, arrays.Random(size, 10 + t), size, first, second, values);
        }

        return [.. arrays.Read(values, size), .. arrays.Read(first, size), .. arrays.Read(second, size)];
    }
}
