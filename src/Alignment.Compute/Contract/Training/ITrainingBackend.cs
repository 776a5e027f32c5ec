using Alignment.Compute.Threading;

namespace Alignment.Compute.Contract.Training;

/// <summary>
/// What training needs of a device: memory, and operations over addresses in it (not of the host). All numbers are f32 and row-major; a
/// stride counts elements from row to row. Every result is a sum in a fixed order, so the same calls give the same bits.
/// </summary>
public unsafe interface ITrainingBackend : IDisposable
{
    /// <summary>One line for the user: which device.</summary>
    string Description { get; }

    /// <summary>cpu or cuda. The same run rounds otherwise on another kind of device, so a run keeps to one.</summary>
    string DeviceKind { get; }

    /// <summary>Threads that <see cref="Run"/> divides a job among; each needs memory of its own to run a sequence.</summary>
    int Workers { get; }

    /// <summary>
    /// Most gradients that are summed side by side, one after the other at the end. A constant of the backend, whatever its threads: sums
    /// are made in one order however many there are.
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

    /// <summary>
    /// The matmuls of a weight [outputs, inputs] at <paramref name="values"/>; the caller owns both, and refreshes it before the first
    /// matmul.
    /// </summary>
    LinearWeight CreateLinear(float* values, int outputs, int inputs);

    /// <summary>
    /// c [rows, columns] = a b, or c += a b, with a [rows, depth] and b [depth, columns], each summed in ascending depth.
    /// </summary>
    void MatMul(MatrixView a, MatrixView b, int rows, int columns, int depth, bool accumulate, float* c, long stride);

    /// <summary>
    /// y [rows, size] from x [rows, size]; keeps each row's r for <see cref="RmsNormBackward"/>. x and y may be the same memory.
    /// </summary>
    void RmsNormForward(float* x, long xStride, float* weight, int rows, int size, float epsilon, float* y, long yStride, float* scales);

    /// <summary>
    /// dx = r * (weight * dy) - x * r^3 / size * sum(weight * dy * x), added to dx or stored; dWeight += sum over rows of dy * x * r.
    /// dy and dx may be the same memory when not accumulating.
    /// </summary>
    void RmsNormBackward(
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
        float* dWeight);

    /// <summary>
    /// Turns every head of x [rows, heads * size] in place; row t has position t. cosines and sines are [rows, size / 2].
    /// </summary>
    void RotaryForward(float* cosines, float* sines, int rows, int heads, int size, float* x, long stride);

    /// <summary>Turns the gradient back, in place.</summary>
    void RotaryBackward(float* cosines, float* sines, int rows, int heads, int size, float* dx, long stride);

    /// <summary>
    /// y [length, heads * head] from qkv [length, (heads + 2 * kvHeads) * head], rows being [queries | keys | values]; logSums [heads,
    /// length] are kept for <see cref="AttentionBackward"/>.
    /// </summary>
    void AttentionForward(AttentionShape shape, float* qkv, int length, float* y, float* logSums);

    /// <summary>
    /// dQkv [length, (heads + 2 * kvHeads) * head] from dy [length, heads * head] and what <see cref="AttentionForward"/> read and wrote.
    /// </summary>
    void AttentionBackward(AttentionShape shape, float* qkv, float* y, float* logSums, float* dy, int length, float* dQkv);

    /// <summary>y [rows, size] from gateUp [rows, 2 * size].</summary>
    void SwiGluForward(float* gateUp, int rows, int size, float* y);

    /// <summary>dGateUp [rows, 2 * size] from dy [rows, size]: silu'(g) = s + g s (1 - s) with s = sigmoid(g).</summary>
    void SwiGluBackward(float* gateUp, float* dy, int rows, int size, float* dGateUp);

    /// <summary>y = silu(x); both may be the same memory.</summary>
    void SiluForward(float* x, long length, float* y);

    /// <summary>dx = dy * silu'(x) with silu' = s + x s (1 - s), s = sigmoid(x); dy and dx may be the same memory.</summary>
    void SiluBackward(float* x, float* dy, long length, float* dx);

    /// <summary>log softmax(logits)[target] of each row of logits [targets, vocabulary], which may be overwritten.</summary>
    void LogProbabilities(float* logits, ReadOnlySpan<int> targets, int vocabulary, Span<float> logProbabilities);

    /// <summary>
    /// Returns the loss, the sum of -weight * log softmax(logits)[target] over rows, and turns the logits [targets, vocabulary] in place
    /// into their gradient weight * (softmax - onehot). A weight of 0 masks its row.
    /// </summary>
    double CrossEntropyForwardBackward(float* logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, int vocabulary);

    /// <summary>y [tokens, size] = table[token].</summary>
    void Gather(float* table, ReadOnlySpan<int> tokens, int size, float* y);

    /// <summary>dTable[token] += dy, in the order of the tokens.</summary>
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

    /// <summary>
    /// g = scale * gradients; m and v are the running moments; values -= rate * (m / c1 / (sqrt(v / c2) + epsilon) + decay * values),
    /// where c1 and c2 undo the bias of moments that started at zero.
    /// </summary>
    void UpdateAdamW(in AdamWStep step, float* gradients, long length, float* firstMoments, float* secondMoments, float* values);
}
