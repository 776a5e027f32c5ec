namespace Alignment.Compute.Training;

/// <summary>Token embedding: rows of a table, and their gradient.</summary>
public static unsafe class Embedding
{
    /// <summary>y [tokens, size] = table[token].</summary>
    public static void Gather(float* table, ReadOnlySpan<int> tokens, int size, float* y)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            new ReadOnlySpan<float>(table + ((long)tokens[i] * size), size).CopyTo(new Span<float>(y + ((long)i * size), size));
        }
    }

    /// <summary>dTable[token] += dy, in the order of the tokens.</summary>
    public static void ScatterAdd(float* dy, ReadOnlySpan<int> tokens, int size, float* dTable)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            VectorMath.Add(dy + ((long)i * size), size, dTable + ((long)tokens[i] * size));
        }
    }
}
