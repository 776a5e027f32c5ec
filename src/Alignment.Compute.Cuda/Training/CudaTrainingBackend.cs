using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cuda.Driver;
using Alignment.Compute.Cuda.Launches;
using Alignment.Compute.Cuda.Memory;
using Alignment.Compute.Cuda.Session;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cuda.Training;

/// <summary>
/// Training on an NVIDIA device: every operation is a launch on one stream of its own, and only losses, norms and what is asked for come
/// back. Deterministic: no atomics. Any thread may call it, one at a time.
/// </summary>
public sealed unsafe class CudaTrainingBackend : ITrainingBackend
{
    private const int Threads = Grid.Threads;
    private const int Warps = KernelSet.Warps;
    private const int SquareBlocks = 256;

    private readonly DeviceSession _session;
    private readonly CudaStream _stream;
    private readonly TrainingKernels _kernels;
    private readonly Scratch _tokens;
    private readonly Scratch _weights;
    private readonly Scratch _logProbabilities;
    private readonly Scratch _means;
    private readonly Scratch _partialSums;

    /// <summary>Opens a device and its kernels.</summary>
    /// <param name="ordinal">Which device.</param>
    /// <exception cref="CudaException">There is no such device, or a kernel does not compile.</exception>
    /// <exception cref="DllNotFoundException">There is no driver, or no NVRTC where kernels must be compiled.</exception>
    public CudaTrainingBackend(int ordinal = 0)
    {
        _session = new DeviceSession(ordinal);
        _stream = _session.Stream;
        _kernels = new TrainingKernels(_session.Module);
        (_tokens, _weights, _logProbabilities, _means, _partialSums) = (
            new(_session), new(_session), new(_session), new(_session), new(_session));
    }

    /// <inheritdoc/>
    public string Description => _session.Device.Description;

    /// <inheritdoc/>
    public string DeviceKind => "cuda";

    /// <summary>One: a sequence fills the device.</summary>
    public int Workers => 1;

    /// <inheritdoc/>
    public int Lanes => 1;

    /// <inheritdoc/>
    public TrainingBuffer Allocate(long length)
    {
        DeviceMemory memory = _session.Allocate(length * sizeof(float));
        _stream.Clear(memory.Address, memory.Bytes);
        return new TrainingBuffer(this, memory, length);
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, float* destination)
    {
        _session.Enter();
        _stream.Upload(source, (nint)destination);
    }

    /// <inheritdoc/>
    public void Download(float* source, Span<float> destination)
    {
        _session.Enter();
        _stream.Download((nint)source, destination);
    }

    /// <inheritdoc/>
    public void Clear(float* values, long length)
    {
        _session.Enter();
        _stream.Clear((nint)values, length * sizeof(float));
    }

    /// <summary>On the calling thread alone: the device divides each operation itself.</summary>
    public void Run<TJob>(TJob job)
        where TJob : struct, IParallelJob
        => job.Execute(0, 1);

    /// <inheritdoc/>
    public LinearWeight CreateLinear(float* values, int outputs, int inputs) => new DenseLinear(this, values, outputs, inputs);

    /// <inheritdoc/>
    public void MatMul(MatrixView a, MatrixView b, int rows, int columns, int depth, bool accumulate, float* c, long stride)
    {
        float* left = a.Data;
        float* right = b.Data;
        (long leftRow, long leftDepth, long rightDepth, long rightColumn, int adds) = (
            a.RowStride, a.ColumnStride, b.RowStride, b.ColumnStride, accumulate ? 1 : 0);
        void** parameters =
            stackalloc void*[] { &left, &leftRow, &leftDepth, &right, &rightDepth, &rightColumn, &rows, &columns, &depth, &adds, &c, &stride };
        Launch(
            _kernels.StridedMatMul,
            Grid.Blocks(columns, TrainingKernels.StridedTile),
            Grid.Blocks(rows, TrainingKernels.StridedTile),
            parameters);
    }

    /// <inheritdoc/>
    public void RmsNormForward(
        float* x, long xStride, float* weight, int rows, int size, float epsilon, float* y, long yStride, float* scales)
    {
        void** parameters = stackalloc void*[] { &x, &xStride, &weight, &size, &epsilon, &y, &yStride, &scales };
        Launch(_kernels.RmsNormForward, rows, 1, parameters);
    }

    /// <inheritdoc/>
    public void RmsNormBackward(
        float* x,
        long xStride,
        float* weight,
        float* scales,
        float* dy,
        long dyStride,
        int rows,
        int size,
        bool accumulate,
        float* dx,
        long dxStride,
        float* dWeight)
    {
        // The weight's gradient first: dx may overwrite dy.
        SumColumns(dy, dyStride, x, xStride, scales, rows, size, factor: 1, dWeight);
        int adds = accumulate ? 1 : 0;
        void** parameters = stackalloc void*[] { &x, &xStride, &weight, &scales, &dy, &dyStride, &size, &adds, &dx, &dxStride };
        Launch(_kernels.RmsNormBackward, rows, 1, parameters);
    }

    /// <inheritdoc/>
    public void RotaryForward(float* cosines, float* sines, int rows, int heads, int size, float* x, long stride)
        => Rotate(cosines, sines, rows, heads, size, direction: 1, x, stride);

    /// <inheritdoc/>
    public void RotaryBackward(float* cosines, float* sines, int rows, int heads, int size, float* dx, long stride)
        => Rotate(cosines, sines, rows, heads, size, direction: -1, dx, stride);

    /// <inheritdoc/>
    public void AttentionForward(AttentionShape shape, float* qkv, int length, float* y, float* logSums)
    {
        (AttentionRows rows, float scale) = (Rows(qkv, length, shape), shape.Scale);
        void** parameters = stackalloc void*[] { &rows, &scale, &y, &logSums };
        Launch(_kernels.AttentionForward, Grid.Blocks(length, Warps), shape.Heads, parameters);
    }

    /// <inheritdoc/>
    public void AttentionBackward(AttentionShape shape, float* qkv, float* y, float* logSums, float* dy, int length, float* dQkv)
    {
        _session.Enter();
        (AttentionRows rows, float scale) = (Rows(qkv, length, shape), shape.Scale);
        float* means = (float*)_means.Reserve((long)shape.Heads * length * sizeof(float));
        void** queries = stackalloc void*[] { &rows, &scale, &y, &logSums, &dy, &means, &dQkv };
        Launch(_kernels.AttentionQueryGradient, Grid.Blocks(length, Warps), shape.Heads, queries);
        void** keys = stackalloc void*[] { &rows, &scale, &logSums, &means, &dy, &dQkv };
        Launch(_kernels.AttentionKeyValueGradient, Grid.Blocks(length, Warps), shape.KeyValueHeads, keys);
    }

    /// <inheritdoc/>
    public void SwiGluForward(float* gateUp, int rows, int size, float* y)
    {
        void** parameters = stackalloc void*[] { &gateUp, &size, &y };
        Launch(_session.Kernels.GatedActivation, rows, Grid.Blocks(size, KernelSet.Stretch), parameters);
    }

    /// <inheritdoc/>
    public void SwiGluBackward(float* gateUp, float* dy, int rows, int size, float* dGateUp)
    {
        void** parameters = stackalloc void*[] { &gateUp, &dy, &size, &dGateUp };
        Launch(_kernels.SwiGluBackward, rows, 1, parameters);
    }

    /// <inheritdoc/>
    public void SiluForward(float* x, long length, float* y)
    {
        void** parameters = stackalloc void*[] { &x, &length, &y };
        Launch(_session.Kernels.Silu, Grid.Blocks(length, Threads), 1, parameters);
    }

    /// <inheritdoc/>
    public void SiluBackward(float* x, float* dy, long length, float* dx)
    {
        void** parameters = stackalloc void*[] { &x, &dy, &length, &dx };
        Launch(_kernels.SiluBackward, Grid.Blocks(length, Threads), 1, parameters);
    }

    /// <inheritdoc/>
    public void LogProbabilities(float* logits, ReadOnlySpan<int> targets, int vocabulary, Span<float> logProbabilities)
        => CrossEntropy(logits, targets, [], vocabulary, logProbabilities);

    /// <inheritdoc/>
    public double CrossEntropyForwardBackward(float* logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, int vocabulary)
    {
        float[] logProbabilities = new float[targets.Length];
        CrossEntropy(logits, targets, weights, vocabulary, logProbabilities);
        double loss = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            loss -= weights[row] == 0 ? 0 : (double)weights[row] * logProbabilities[row];
        }

        return loss;
    }

    /// <inheritdoc/>
    public void Gather(float* table, ReadOnlySpan<int> tokens, int size, float* y)
    {
        _session.Enter();
        int* rows = Stage(tokens, _tokens);
        void** parameters = stackalloc void*[] { &table, &rows, &size, &y };
        Launch(_session.Kernels.GatherRows, tokens.Length, 1, parameters);
    }

    /// <inheritdoc/>
    public void ScatterAdd(float* dy, ReadOnlySpan<int> tokens, int size, float* dTable)
    {
        _session.Enter();
        (nint rows, int count) = ((nint)Stage(tokens, _tokens), tokens.Length);
        void** parameters = stackalloc void*[] { &dy, &rows, &count, &size, &dTable };
        Launch(_kernels.ScatterAdd, count, 1, parameters);
    }

    /// <inheritdoc/>
    public void AddBias(float* bias, int rows, int size, float* y) => AddScaled(bias, size, 1, accumulate: true, (long)rows * size, y);

    /// <inheritdoc/>
    public void SumRows(float* x, int rows, int size, float factor, float* sum) =>
        SumColumns(x, size, null, 0, null, rows, size, factor, sum);

    /// <inheritdoc/>
    public void Copy(float* source, long length, float* target) => AddScaled(source, length, 1, accumulate: false, length, target);

    /// <inheritdoc/>
    public void Scale(float* source, float factor, long length, float* target) =>
        AddScaled(source, length, factor, accumulate: false, length, target);

    /// <inheritdoc/>
    public void Accumulate(float* source, long length, float* target) => AddScaled(source, length, 1, accumulate: true, length, target);

    /// <inheritdoc/>
    public double SumOfSquares(float* values, long length)
    {
        _session.Enter();
        int blocks = SquareBlocks;
        double* partial = (double*)_partialSums.Reserve(blocks * sizeof(double));
        void** parameters = stackalloc void*[] { &values, &length, &blocks, &partial };
        Launch(_kernels.SumOfSquares, blocks, 1, parameters);
        Span<double> sums = stackalloc double[SquareBlocks];
        _stream.Download((nint)partial, sums);
        double total = 0;
        foreach (double sum in sums)
        {
            total += sum;
        }

        return total;
    }

    /// <inheritdoc/>
    public void UpdateAdamW(in AdamWStep step, float* gradients, long length, float* firstMoments, float* secondMoments, float* values)
    {
        AdamWStep numbers = step;
        void** parameters = stackalloc void*[] { &numbers, &gradients, &length, &firstMoments, &secondMoments, &values };
        Launch(_kernels.AdamW, Grid.Blocks(length, Threads), 1, parameters);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Enter();
        foreach (IDisposable part in new IDisposable[] { _tokens, _weights, _logProbabilities, _means, _partialSums, _session })
        {
            part.Dispose();
        }
    }

    private static AttentionRows Rows(float* qkv, int length, AttentionShape shape) => shape.HeadSize <= TrainingKernels.MostHeadSize
        ? new AttentionRows(qkv, length, shape)
        : throw new ArgumentException(
            $"Heads of {shape.HeadSize} are too large for the device: at most {TrainingKernels.MostHeadSize}.", nameof(shape));

    private void Rotate(float* cosines, float* sines, int rows, int heads, int size, float direction, float* x, long stride)
    {
        int half = size / 2;
        void** parameters = stackalloc void*[] { &cosines, &sines, &heads, &half, &direction, &x, &stride };
        Launch(_kernels.RotateHeads, rows, 1, parameters);
    }

    /// <summary>Without weights the logits stay as they are.</summary>
    private void CrossEntropy(
        float* logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, int vocabulary, Span<float> logProbabilities)
    {
        _session.Enter();
        int* chosen = Stage(targets, _tokens);
        float* weighed = weights.IsEmpty ? null : Stage(weights, _weights);
        float* results = (float*)_logProbabilities.Reserve(targets.Length * sizeof(float));
        void** parameters = stackalloc void*[] { &logits, &chosen, &weighed, &vocabulary, &results };
        Launch(_kernels.CrossEntropy, targets.Length, 1, parameters);
        _stream.Download((nint)results, logProbabilities);
    }

    private void SumColumns(float* y, long yStride, float* x, long xStride, float* scales, int rows, int columns, float factor, float* sum)
    {
        void** parameters = stackalloc void*[] { &y, &yStride, &x, &xStride, &scales, &rows, &columns, &factor, &sum };
        Launch(_kernels.ColumnSums, Grid.Blocks(columns, 32), 1, parameters);
    }

    private void AddScaled(float* source, long sourceLength, float factor, bool accumulate, long length, float* target)
    {
        int adds = accumulate ? 1 : 0;
        void** parameters = stackalloc void*[] { &source, &sourceLength, &factor, &adds, &length, &target };
        Launch(_kernels.AddScaled, Grid.Blocks(length, Threads), 1, parameters);
    }

    /// <summary>A copy of one call's items on the device, which the next call may overwrite: the stream keeps them in order.</summary>
    private T* Stage<T>(ReadOnlySpan<T> items, Scratch scratch)
        where T : unmanaged
    {
        nint target = scratch.Reserve((long)items.Length * sizeof(T));
        _stream.Upload(items, target);
        return (T*)target;
    }

    private void Launch(nint kernel, int blocks, int blocksY, void** parameters)
    {
        if (blocks > 0 && blocksY > 0)
        {
            _session.Enter();
            _stream.Launch(kernel, (blocks, blocksY, 1), Threads, parameters);
        }
    }
}
