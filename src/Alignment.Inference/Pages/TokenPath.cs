using System.Numerics;
using Alignment.Compute.Contract;

namespace Alignment.Inference.Pages;

/// <summary>
/// A path in the token tree: tokens that are known, of which the first <see cref="Computed"/> have keys and values in the pages. Only
/// <see cref="TokenTree"/> changes pages.
/// </summary>
internal sealed class TokenPath(PrefixKey key, ReadOnlySpan<int> tokens, int capacity)
{
    private const int Page = KvCache.PageSize;

    private const int LeastRoom = 4 * Page;

    private int[] _tokens = WithRoom(tokens, capacity);

    public PrefixKey Key { get; } = key;

    /// <summary>Which of the engine's models computes it.</summary>
    public int Lane => Key.Lane;

    public int Length { get; private set; } = tokens.Length;

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Most tokens that it may ever know. Its memory grows as it does, from one power of two to the next.</summary>
    public int Capacity { get; } = Math.Max(capacity, tokens.Length);

    /// <summary>Where it was forked; null: nowhere. What it computes beyond is one branch of a search.</summary>
    public int? Trunk { get; set; }

    public int Computed { get; set; }

    /// <summary>
    /// How many of the first tokens the path has had computed, or from the cache, before it lost their pages: nobody pays for them again.
    /// </summary>
    public int Paid { get; set; }

    /// <summary>Page table; the first <see cref="PageCount"/> entries are in use.</summary>
    public int[] Pages { get; private set; } = new int[Room(tokens.Length) / Page];

    public int PageCount { get; private set; }

    /// <summary>The deepest node of the prefix cache on this path, and how many pages lead to it.</summary>
    public PrefixNode? Node { get; set; }

    public int CachedPages { get; set; }

    /// <summary>Tokens that are known but not computed.</summary>
    public int Pending => Length - Computed;

    /// <summary>Whether it has pages of the prefix cache and no others.</summary>
    public bool HasOnlyCachedPages => PageCount == CachedPages && Computed == CachedPages * Page;

    /// <summary>How many of the next rows are not computed again.</summary>
    public int NewRows(int rows) => Math.Clamp(Computed + rows - Paid, 0, rows);

    /// <summary>Counts the next rows as computed.</summary>
    /// <returns>How many of them are not computed again.</returns>
    public int Advance(int rows)
    {
        int paid = NewRows(rows);
        Computed += rows;
        Paid = Math.Max(Paid, Computed);
        return paid;
    }

    /// <summary>
    /// Whether all that is computed came from the prefix cache, and another path, which begins alike, is about to bring the next whole page
    /// there.
    /// </summary>
    public bool CanTakeNextPageOf(TokenPath other)
    {
        int end = Computed + Page;
        return other != this
            && HasOnlyCachedPages
            && end < Length
            && end <= other.Length
            && other.CachedPages * Page <= Computed
            && other.Key == Key
            && other.Tokens[..end].SequenceEqual(Tokens[..end]);
    }

    /// <exception cref="InvalidOperationException">It has all tokens that it may have.</exception>
    public void Append(int token)
    {
        if (Length == _tokens.Length)
        {
            Array.Resize(
                ref _tokens, Length < Capacity ? Math.Min(Capacity, 2 * Length) : throw new InvalidOperationException("The path is full."));
        }

        _tokens[Length++] = token;
    }

    public void Truncate(int length)
    {
        Length = length;
        Trunk = Trunk > length ? length : Trunk;
    }

    public void AddPage(int page)
    {
        if (PageCount == Pages.Length)
        {
            int[] pages = Pages;
            Array.Resize(ref pages, 2 * PageCount);
            Pages = pages;
        }

        Pages[PageCount++] = page;
    }

    /// <returns>The last page, which the path has no more.</returns>
    public int RemovePage() => Pages[--PageCount];

    private static int Room(int length) => Math.Max(LeastRoom, (int)BitOperations.RoundUpToPowerOf2((uint)length + 1));

    private static int[] WithRoom(ReadOnlySpan<int> tokens, int capacity)
    {
        int[] room = new int[Math.Max(tokens.Length, Math.Min(capacity, Room(tokens.Length)))];
        tokens.CopyTo(room);
        return room;
    }
}
