using Alignment.Compute.Threading;

namespace Alignment.Compute.Training;

/// <summary>
/// What training needs of a device: memory, and operations over addresses in it (not of the host). All numbers are f32 and row-major; a stride counts elements from
/// row to row. Every result is a sum in a fixed order, so the same calls give the same bits.
/// </summary>
public unsafe interface ITrainingBackend : IDisposable
{
    /// <summary>One line for the user: which device.</summary>
    string Description { get; }

    /// <summary>cpu or cuda. The same run rounds otherwise on another kind of device, so a run keeps to one.</summary>
    string DeviceKind { get; }

    /// <summary>
    /// How many sequences at once are worth their memory, each with gradients of its own. A constant of the backend, whatever its threads: sums are made lane by lane.
    /// </summary>
    int Lanes { get; }

    /// <summary>Zeros; the caller owns them.</summary>
    /// <exception cref="InsufficientMemoryException">The device's memory is full.</exception>
    TrainingBuffer Allocate(long length);

    /// <summary>Copies from the host.</summary>
    void Upload(ReadOnlySpan<float> source, float* destination);

    /// <summary>Copies to the host, after all that was asked before.</summary>
    void Download(float* source, Span<float> destination);

    /// <summary>Sets to zero.</summary>
    void Clear(float* values, long length);

    /// <summary>Divides a job among as many threads as the operations allow; each thread may call them.</summary>
    void Run<TJob>(TJob job)
        where TJob : struct, IParallelJob;

    /// <summary>The products of a weight [outputs, inputs] at <paramref name="values"/>; the caller owns both, and refreshes it before the first product.</summary>
    LinearWeight CreateLinear(float* values, int outputs, int inputs);

    /// <summary>c [rows, columns] = a b, or c += a b, with a [rows, depth] and b [depth, columns], each summed in ascending depth.</summary>
    void Multiply(MatrixView a, MatrixView b, int rows, int columns, int depth, bool accumulate, float* c, long stride);

    /// <inheritdoc cref="RmsNorm.Forward"/>
    void RmsNormForward(float* x, long xStride, float* weight, int rows, int size, float epsilon, float* y, long yStride, float* scales);

    /// <inheritdoc cref="RmsNorm.Backward"/>
    void RmsNormBackward(
        float* x, long xStride, float* weight, float* scales, float* dy, long dyStride, int rows, int size, bool accumulate, float* dx, long dxStride, float* dWeight);

    /// <inheritdoc cref="Rotary.Forward"/>
    void RotaryForward(float* cosines, float* sines, int rows, int heads, int size, float* x, long stride);

    /// <inheritdoc cref="Rotary.Backward"/>
    void RotaryBackward(float* cosines, float* sines, int rows, int heads, int size, float* dx, long stride);

    /// <inheritdoc cref="CausalAttention.Forward"/>
    void AttentionForward(AttentionShape shape, float* qkv, int length, float* y, float* logSums);

    /// <inheritdoc cref="CausalAttention.Backward"/>
    void AttentionBackward(AttentionShape shape, float* qkv, float* y, float* logSums, float* dy, int length, float* dQkv);

    /// <inheritdoc cref="SwiGlu.Forward"/>
    void SwiGluForward(float* gateUp, int rows, int size, float* y);

    /// <inheritdoc cref="SwiGlu.Backward"/>
    void SwiGluBackward(float* gateUp, float* dy, int rows, int size, float* dGateUp);

    /// <inheritdoc cref="Silu.Forward"/>
    void SiluForward(float* x, long length, float* y);

    /// <inheritdoc cref="Silu.Backward"/>
    void SiluBackward(float* x, float* dy, long length, float* dx);

    /// <summary>log softmax(logits)[target] of each row of logits [targets, vocabulary], which may be overwritten.</summary>
    void LogProbabilities(float* logits, ReadOnlySpan<int> targets, int vocabulary, Span<float> logProbabilities);

    /// <inheritdoc cref="CrossEntropy.ForwardBackward"/>
    double CrossEntropyForwardBackward(float* logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, int vocabulary);

    /// <inheritdoc cref="Embedding.Gather"/>
    void Gather(float* table, ReadOnlySpan<int> tokens, int size, float* y);

    /// <inheritdoc cref="Embedding.ScatterAdd"/>
    void ScatterAdd(float* dy, ReadOnlySpan<int> tokens, int size, float* dTable);

    /// <summary>y [rows, size] += bias [size].</summary>
    void AddBias(float* bias, int rows, int size, float* y);

    /// <summary>sum [size] += factor times the rows of x [rows, size].</summary>
    void SumRows(float* x, int rows, int size, float factor, float* sum);

    /// <summary>target[i] = source[i].</summary>
    void Copy(float* source, long length, float* target);

    /// <summary>target[i] = factor * source[i]; both may be the same memory.</summary>
    void Scale(float* source, float factor, long length, float* target);

    /// <summary>target[i] += source[i].</summary>
    void Accumulate(float* source, long length, float* target);

    /// <summary>Sum of squares, in double.</summary>
    double SumOfSquares(float* values, long length);

    /// <inheritdoc cref="AdamW.Step"/>
    void UpdateAdamW(in AdamWStep step, float* gradients, long length, float* firstMoments, float* secondMoments, float* values);
}
