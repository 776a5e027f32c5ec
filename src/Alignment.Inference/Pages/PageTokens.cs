namespace Alignment.Inference.Pages;

/// <summary>Compares the tokens of whole pages; looks them up by a span, without copying.</summary>
internal sealed class PageTokens : IEqualityComparer<int[]>, IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
{
    public static PageTokens Comparer { get; } = new();

    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(int[] tokens) => GetHashCode(tokens.AsSpan());

    public bool Equals(ReadOnlySpan<int> tokens, int[] other) => tokens.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<int> tokens)
    {
        var hash = default(HashCode);
        foreach (int token in tokens)
        {
            hash.Add(token);
        }

        return hash.ToHashCode();
    }

    public int[] Create(ReadOnlySpan<int> tokens) => tokens.ToArray();
}
