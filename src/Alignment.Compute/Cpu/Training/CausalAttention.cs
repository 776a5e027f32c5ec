using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Alignment.Compute.Contract.Training;
using Alignment.Compute.Memory;

namespace Alignment.Compute.Cpu.Training;

/// <summary>
/// Causal grouped-query attention of one sequence and its gradient. The forward pass keeps only each row's log-sum-exp; the backward pass
/// recomputes the probabilities block by block (Dao et al., FlashAttention), so memory grows with length, not with its square. Owns scratch
/// for one thread.
/// </summary>
public sealed unsafe class CausalAttention : IDisposable
{
    /// <summary>Query rows done at a time: with 1,024 keys the scores of a block take 192 KB.</summary>
    private const int Block = 4 * MatMulTile.Rows;

    private readonly AttentionShape _shape;
    private readonly MatMulScratch _matMul = new();
    private readonly NativeBuffer<float> _scores;
    private readonly NativeBuffer<float> _gradients;
    private readonly NativeBuffer<float> _keyColumns;
    private readonly NativeBuffer<float> _keyRows;
    private readonly NativeBuffer<float> _values;
    private readonly NativeBuffer<float> _block;
    private PackedMatrix _packedKeyColumns;
    private PackedMatrix _packedKeyRows;
    private PackedMatrix _packedValues;

    /// <summary>Scratch for sequences of at most <paramref name="maxLength"/> tokens.</summary>
    public CausalAttention(AttentionShape shape, int maxLength)
    {
        (_shape, MaxLength) = (shape, maxLength);
        long packed = Math.Max(PackedMatrix.Length(shape.HeadSize, maxLength), PackedMatrix.Length(maxLength, shape.HeadSize));
        _scores = new(Block * (long)maxLength);
        _gradients = new(Block * (long)maxLength);
        _keyColumns = new(packed);
        _keyRows = new(packed);
        _values = new(packed);
        _block = new(PackedMatrix.Length(Block, shape.HeadSize));
    }

    /// <summary>What the scratch is for.</summary>
    public AttentionShape Shape => _shape;

    /// <summary>Longest sequence.</summary>
    public int MaxLength { get; }

    /// <inheritdoc cref="ITrainingBackend.AttentionForward"/>
    public void Forward(float* qkv, int length, float* y, float* logSums)
    {
        for (int head = 0; head < _shape.Heads; head++)
        {
            if (head % _shape.Group == 0)
            {
                _packedKeyColumns = PackColumns(Key(qkv, head), length, _keyColumns);
                _packedValues = PackRows(Value(qkv, head), length, _values);
            }

            for (int start = 0; start < length; start += Block)
            {
                int rows = Math.Min(Block, length - start);
                Probabilities(qkv, head, start, rows, length, logSums + ((long)head * length), recompute: false);
                PackedMatMul.Multiply(
                    _scores.Pointer,
                    length,
                    1,
                    _packedValues,
                    rows,
                    _shape.HeadSize,
                    start + rows,
                    accumulate: false,
                    Output(y, head, start),
                    _shape.QuerySize,
                    _matMul);
            }
        }
    }

    /// <inheritdoc cref="ITrainingBackend.AttentionBackward"/>
    public void Backward(float* qkv, float* y, float* logSums, float* dy, int length, float* dQkv)
    {
        new Span<float>(dQkv, checked(length * _shape.Width)).Clear();
        for (int head = 0; head < _shape.Heads; head++)
        {
            if (head % _shape.Group == 0)
            {
                _packedKeyColumns = PackColumns(Key(qkv, head), length, _keyColumns);
                _packedKeyRows = PackRows(Key(qkv, head), length, _keyRows);
                _packedValues = PackColumns(Value(qkv, head), length, _values);
            }

            for (int start = 0; start < length; start += Block)
            {
                int rows = Math.Min(Block, length - start);
                Probabilities(qkv, head, start, rows, length, logSums + ((long)head * length), recompute: true);
                BackwardBlock(qkv, Output(y, head, start), Output(dy, head, start), head, start, rows, length, dQkv);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _matMul.Dispose();
        _scores.Dispose();
        _gradients.Dispose();
        _keyColumns.Dispose();
        _keyRows.Dispose();
        _values.Dispose();
        _block.Dispose();
    }

    /// <summary>dV += P^T dY; dP = dY V^T; dS = P * (dP - rowsum(dY * Y)) * scale; dQ = dS K; dK += dS^T Q.</summary>
    private void BackwardBlock(float* qkv, float* y, float* dy, int head, int start, int rows, int length, float* dQkv)
    {
        int keys = start + rows;
        int size = _shape.HeadSize;
        PackedMatrix packedGradient = PackedMatMul.Pack(dy, _shape.QuerySize, 1, rows, size, _block.Pointer);
        PackedMatMul.Multiply(
            _scores.Pointer, 1, length, packedGradient, keys, size, rows, accumulate: true, Value(dQkv, head), _shape.Width, _matMul);
        PackedMatMul.Multiply(
            dy, _shape.QuerySize, 1, _packedValues, rows, keys, size, accumulate: false, _gradients.Pointer, length, _matMul);
        for (int row = 0; row < rows; row++)
        {
            float* output = y + ((long)row * _shape.QuerySize);
            float mean = VectorMath.Dot(output, dy + ((long)row * _shape.QuerySize), size);
            ScoreGradient(_scores.Pointer + ((long)row * length), mean, _shape.Scale, keys, _gradients.Pointer + ((long)row * length));
        }

        float* queries = qkv + (start * (long)_shape.Width) + (head * (long)size);
        PackedMatMul.Multiply(
            _gradients.Pointer,
            length,
            1,
            _packedKeyRows,
            rows,
            size,
            keys,
            accumulate: false,
            dQkv + (queries - qkv),
            _shape.Width,
            _matMul);
        PackedMatrix packedQueries = PackedMatMul.Pack(queries, _shape.Width, 1, rows, size, _block.Pointer);
        PackedMatMul.Multiply(
            _gradients.Pointer, 1, length, packedQueries, keys, size, rows, accumulate: true, Key(dQkv, head), _shape.Width, _matMul);
    }

    /// <summary>
    /// Fills the score block with softmax(Q K^T * scale); future keys get 0. Either stores the rows' log-sum-exp or reuses it.
    /// </summary>
    private void Probabilities(float* qkv, int head, int start, int rows, int length, float* logSums, bool recompute)
    {
        float* queries = qkv + (start * (long)_shape.Width) + (head * (long)_shape.HeadSize);
        int keys = start + rows;
        PackedMatMul.Multiply(
            queries, _shape.Width, 1, _packedKeyColumns, rows, keys, _shape.HeadSize, accumulate: false, _scores.Pointer, length, _matMul);
        for (int row = 0; row < rows; row++)
        {
            float* scores = _scores.Pointer + ((long)row * length);
            int visible = start + row + 1;
            VectorMath.Scale(scores, _shape.Scale, visible);
            if (!recompute)
            {
                logSums[start + row] = Softmax(scores, visible);
            }
            else
            {
                VectorMath.ExpShifted(scores, logSums[start + row], visible, scores);
            }

            new Span<float>(scores + visible, keys - visible).Clear();
        }
    }

    private static float Softmax(float* scores, int length)
    {
        float max = VectorMath.Max(scores, length);
        float sum = VectorMath.ExpShifted(scores, max, length, scores);
        VectorMath.Scale(scores, 1 / sum, length);
        return max + MathF.Log(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreGradient(float* probabilities, float mean, float scale, int length, float* gradients)
    {
        int i = 0;
        for (; i + VectorMath.Width <= length; i += VectorMath.Width)
        {
            (Vector512.Load(probabilities + i) * (Vector512.Load(gradients + i) - Vector512.Create(mean)) * scale).Store(gradients + i);
        }

        for (; i < length; i++)
        {
            gradients[i] = probabilities[i] * (gradients[i] - mean) * scale;
        }
    }

    /// <summary>[keys, head] packed as the right factor of a product over the head: its columns are keys.</summary>
    private PackedMatrix PackColumns(float* source, int length, NativeBuffer<float> packed)
        => PackedMatMul.Pack(source, 1, _shape.Width, _shape.HeadSize, length, packed.Pointer);

    /// <summary>[keys, head] packed as the right factor of a product over the keys.</summary>
    private PackedMatrix PackRows(float* source, int length, NativeBuffer<float> packed)
        => PackedMatMul.Pack(source, _shape.Width, 1, length, _shape.HeadSize, packed.Pointer);

    private float* Key(float* qkv, int head) => qkv + _shape.QuerySize + ((long)(head / _shape.Group) * _shape.HeadSize);

    private float* Value(float* qkv, int head) => Key(qkv, head) + _shape.KeyValueSize;

    private float* Output(float* y, int head, int row) => y + ((long)row * _shape.QuerySize) + ((long)head * _shape.HeadSize);
}
