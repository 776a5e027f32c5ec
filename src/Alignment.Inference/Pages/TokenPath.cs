using Alignment.Compute.Contract;

namespace Alignment.Inference.Pages;

/// <summary>
/// A path in the token tree: tokens that are known, of which the first <see cref="Computed"/> have keys and values in the pages. Only
/// <see cref="TokenTree"/> changes pages.
/// </summary>
internal sealed class TokenPath(PrefixKey key, ReadOnlySpan<int> tokens, int capacity)
{
    private const int Page = KvCache.PageSize;

    private readonly int[] _tokens = Grown(tokens, capacity);

    public PrefixKey Key { get; } = key;

    public int Length { get; private set; } = tokens.Length;

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Room for more tokens.</summary>
    public int Capacity => _tokens.Length;

    public int Computed { get; set; }

    /// <summary>How many of the first tokens the path has had computed, or from the cache, before it lost their pages: nobody pays for them again.</summary>
    public int Paid { get; set; }

    /// <summary>Page table; the first <see cref="PageCount"/> entries are in use.</summary>
    public int[] Pages { get; } = new int[(Math.Max(capacity, tokens.Length) + Page - 1) / Page];

    public int PageCount { get; set; }

    /// <summary>The deepest node of the prefix cache on this path, and how many pages lead to it.</summary>
    public PrefixNode? Node { get; set; }

    public int CachedPages { get; set; }

    /// <summary>Tokens that are known but not computed.</summary>
    public int Pending => Length - Computed;

    /// <summary>Counts the next rows as computed.</summary>
    /// <returns>How many of them are not computed again.</returns>
    public int Advance(int rows)
    {
        Computed += rows;
        int paid = Math.Clamp(Computed - Paid, 0, rows);
        Paid = Math.Max(Paid, Computed);
        return paid;
    }

    /// <summary>Whether all that is computed came from the prefix cache, and another path, which begins alike, is about to bring the next whole page there.</summary>
    public bool CanTakeNextPageOf(TokenPath other)
    {
        int end = Computed + Page;
        return other != this && HasOnlyCachedPages && end < Length && end <= other.Length && other.CachedPages * Page <= Computed && other.Key == Key
            && other.Tokens[..end].SequenceEqual(Tokens[..end]);
    }

    /// <summary>Whether it has pages of the prefix cache and no others.</summary>
    public bool HasOnlyCachedPages => PageCount == CachedPages && Computed == CachedPages * Page;

    public void Append(int token) => _tokens[Length++] = token;

    public void Truncate(int length) => Length = length;

    private static int[] Grown(ReadOnlySpan<int> tokens, int capacity)
    {
        int[] grown = new int[Math.Max(capacity, tokens.Length)];
        tokens.CopyTo(grown);
        return grown;
    }
}
