using Alignment.Compute.Contract.Training;

namespace Alignment.Compute.Cpu.Training;

/// <summary>Token embedding: rows of a table, and their gradient.</summary>
public static unsafe class Embedding
{
    /// <inheritdoc cref="ITrainingBackend.Gather"/>
    public static void Gather(float* table, ReadOnlySpan<int> tokens, int size, float* y)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            new ReadOnlySpan<float>(table + ((long)tokens[i] * size), size).CopyTo(new Span<float>(y + ((long)i * size), size));
        }
    }

    /// <inheritdoc cref="ITrainingBackend.ScatterAdd"/>
    public static void ScatterAdd(float* dy, ReadOnlySpan<int> tokens, int size, float* dTable)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            VectorMath.Add(dy + ((long)i * size), size, dTable + ((long)tokens[i] * size));
        }
    }
}
