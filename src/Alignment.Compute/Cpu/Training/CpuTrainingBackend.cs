using System.Runtime.InteropServices;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Memory;
using Alignment.Compute.Threading;

namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// The host: its memory is the process's own, and each thread that calls an operation runs it alone, with scratch of its own.
/// </summary>
/// <param name="threads">Threads that share a job.</param>
public sealed unsafe class CpuTrainingBackend(int threads) : ITrainingBackend
{
    private readonly ThreadTeam _team = new(threads);
    private readonly ThreadLocal<CpuTrainingScratch> _scratch = new(() => new CpuTrainingScratch(), trackAllValues: true);

    /// <inheritdoc/>
    public string Description => $"cpu, {_team.Workers} threads";

    /// <inheritdoc/>
    public string DeviceKind => "cpu";

    /// <inheritdoc/>
    public int Workers => _team.Workers;

    /// <inheritdoc/>
    public int Lanes => 16;

    internal CpuTrainingScratch Scratch => _scratch.Value!;

    /// <inheritdoc/>
    public TrainingBuffer Allocate(long length) => new(this, new NativeBuffer<float>(length), length);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, float* destination) => source.CopyTo(new Span<float>(destination, source.Length));

    /// <inheritdoc/>
    public void Download(float* source, Span<float> destination) => new ReadOnlySpan<float>(source, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public void Clear(float* values, long length) => NativeMemory.Clear(values, (nuint)(length * sizeof(float)));

    /// <inheritdoc/>
    public void Run<TJob>(TJob job)
        where TJob : struct, IParallelJob
        => _team.Run(job);

    /// <inheritdoc/>
    public LinearWeight CreateLinear(float* values, int outputs, int inputs) => new PackedLinear(this, values, outputs, inputs);

    /// <inheritdoc/>
    public void MatMul(MatrixView a, MatrixView b, int rows, int columns, int depth, bool accumulate, float* c, long stride)
    {
        PackedMatrix packed = PackedMatMul.Pack(b.Data, b.RowStride, b.ColumnStride, depth, columns, Scratch.Packed(depth, columns));
        PackedMatMul.Multiply(a.Data, a.RowStride, a.ColumnStride, packed, rows, columns, depth, accumulate, c, stride, Scratch.MatMul);
    }

    /// <inheritdoc/>
    public void RmsNormForward(
        float* x, long xStride, float* weight, int rows, int size, float epsilon, float* y, long yStride, float* scales)
        => RmsNorm.Forward(x, xStride, weight, rows, size, epsilon, y, yStride, scales);

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
        => RmsNorm.Backward(x, xStride, weight, scales, dy, dyStride, rows, size, accumulate, dx, dxStride, dWeight);

    /// <inheritdoc/>
    public void RotaryForward(float* cosines, float* sines, int rows, int heads, int size, float* x, long stride)
        => Rotary.Forward(cosines, sines, rows, heads, size, x, stride);

    /// <inheritdoc/>
    public void RotaryBackward(float* cosines, float* sines, int rows, int heads, int size, float* dx, long stride)
        => Rotary.Backward(cosines, sines, rows, heads, size, dx, stride);

    /// <inheritdoc/>
    public void AttentionForward(AttentionShape shape, float* qkv, int length, float* y, float* logSums)
        => Scratch.Attention(shape, length).Forward(qkv, length, y, logSums);

    /// <inheritdoc/>
    public void AttentionBackward(AttentionShape shape, float* qkv, float* y, float* logSums, float* dy, int length, float* dQkv)
        => Scratch.Attention(shape, length).Backward(qkv, y, logSums, dy, length, dQkv);

    /// <inheritdoc/>
    public void SwiGluForward(float* gateUp, int rows, int size, float* y) => SwiGlu.Forward(gateUp, rows, size, y);

    /// <inheritdoc/>
    public void SwiGluBackward(float* gateUp, float* dy, int rows, int size, float* dGateUp) =>
        SwiGlu.Backward(gateUp, dy, rows, size, dGateUp);

    /// <inheritdoc/>
    public void SiluForward(float* x, long length, float* y) => Silu.Forward(x, length, y);

    /// <inheritdoc/>
    public void SiluBackward(float* x, float* dy, long length, float* dx) => Silu.Backward(x, dy, length, dx);

    /// <inheritdoc/>
    public void LogProbabilities(float* logits, ReadOnlySpan<int> targets, int vocabulary, Span<float> logProbabilities)
        => CrossEntropy.LogProbabilities(logits, targets, vocabulary, logProbabilities);

    /// <inheritdoc/>
    public double CrossEntropyForwardBackward(float* logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, int vocabulary)
        => CrossEntropy.ForwardBackward(logits, targets, weights, vocabulary);

    /// <inheritdoc/>
    public void Gather(float* table, ReadOnlySpan<int> tokens, int size, float* y) => Embedding.Gather(table, tokens, size, y);

    /// <inheritdoc/>
    public void ScatterAdd(float* dy, ReadOnlySpan<int> tokens, int size, float* dTable) => Embedding.ScatterAdd(dy, tokens, size, dTable);

    /// <inheritdoc/>
    public void AddBias(float* bias, int rows, int size, float* y)
    {
        for (int row = 0; row < rows; row++)
        {
            VectorMath.Add(bias, size, y + ((long)row * size));
        }
    }

    /// <inheritdoc/>
    public void SumRows(float* x, int rows, int size, float factor, float* sum)
    {
        for (int row = 0; row < rows; row++)
        {
            VectorMath.AddScaled(x + ((long)row * size), factor, size, sum);
        }
    }

    /// <inheritdoc/>
    public void Copy(float* source, long length, float* target) =>
        Buffer.MemoryCopy(source, target, length * sizeof(float), length * sizeof(float));

    /// <inheritdoc/>
    public void Scale(float* source, float factor, long length, float* target)
    {
        for (long i = 0; i < length; i++)
        {
            target[i] = factor * source[i];
        }
    }

    /// <inheritdoc/>
    public void Accumulate(float* source, long length, float* target) => VectorMath.Add(source, length, target);

    /// <inheritdoc/>
    public double SumOfSquares(float* values, long length) => AdamW.SumOfSquares(values, length);

    /// <inheritdoc/>
    public void UpdateAdamW(in AdamWStep step, float* gradients, long length, float* firstMoments, float* secondMoments, float* values)
        => AdamW.Step(step, gradients, length, firstMoments, secondMoments, values);

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (CpuTrainingScratch scratch in _scratch.Values)
        {
            scratch.Dispose();
        }

        _scratch.Dispose();
    }
}
