using System.Globalization;
using Alignment.Compute.Contract;

namespace Alignment.Inference;

/// <summary>What an engine's cache of keys and values holds, and how long a sequence may be so that at least one fits.</summary>
/// <param name="Pages">Pages of 16 tokens.</param>
/// <param name="PageBytes">Bytes of one page, in all layers together.</param>
/// <param name="MaxLength">Longest prompt and response together, in tokens.</param>
/// <param name="Positions">Longest that the model itself could have.</param>
public sealed record CacheSize(int Pages, long PageBytes, int MaxLength, int Positions)
{
    private const int Page = KvCache.PageSize;
    private const int MostPages = int.MaxValue / Page;

    /// <summary>Tokens that it holds.</summary>
    public long Tokens => (long)Pages * Page;

    /// <summary>Memory that it takes when it is full.</summary>
    public long Bytes => Pages * PageBytes;

    /// <summary>
    /// Chooses. Pages that were asked for are taken as they are, else as many as all sessions can use, at most what fits. A length that was
    /// asked for must fit;
    /// else it is the model's, reduced to what the cache holds.
    /// </summary>
    /// <param name="positions">Longest that the model could have.</param>
    /// <param name="bytes">Bytes of one page.</param>
    /// <param name="available">Bytes of the device's memory that are available.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="CacheSizeException">What was asked for does not fit the model or the memory.</exception>
    public static CacheSize Of(int positions, long bytes, long available, EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int length = options.MaxModelLength ?? positions;
        Require(length <= positions, $"MaxModelLength is {length}, and the model has {positions} positions");

        long room = (long)(available * options.CacheMemoryFraction);
        long wanted = Math.Min(MostPages, options.MaxSessions * PagesOf(length));
        int pages = options.Pages ?? (int)Math.Min(wanted, room / bytes);
        Require(pages <= available / bytes, $"Pages is {pages}: they take {Size(pages * bytes)}, and {Size(available)} are available");

        long needed = options.MaxModelLength is null ? 1 : PagesOf(length);
        string limit = options.Pages is { } given
            ? $"Pages is {given}"
            : $"CacheMemoryFraction leaves {Size(room)} of the {Size(available)} that are available";
        Require(
            pages >= needed,
            $"one request of {(needed == 1 ? Page : length)} tokens takes {Size(needed * bytes)} in the cache, and {limit}");
        return new CacheSize(pages, bytes, (int)Math.Min(length, (long)pages * Page), positions);
    }

    /// <summary>Whether forks of one sequence fit all at once, and each of their paths into the longest length.</summary>
    /// <param name="prefixes">Tokens that the forks have in common on each path: the prompt, and that of every guide that is a forward pass
    /// of its own.</param>
    /// <param name="forks">How many, the sequence itself included.</param>
    /// <param name="tokens">Tokens of each after the prefix.</param>
    public bool Fits(IReadOnlyList<int> prefixes, int forks, int tokens)
        => prefixes.All(prefix => (long)prefix + tokens <= MaxLength) && PagesFor(prefixes, forks, tokens) <= Pages;

    /// <summary>Pages that forks of one sequence take all at once.</summary>
    /// <param name="prefixes">Tokens that the forks have in common on each path.</param>
    /// <param name="forks">How many, the sequence itself included.</param>
    /// <param name="tokens">Tokens of each after the prefix.</param>
    public static long PagesFor(IReadOnlyList<int> prefixes, int forks, int tokens) =>
        prefixes.Sum(prefix => PagesOf(prefix, forks, tokens));

    /// <summary>
    /// For the line printed at start: "65,536 tokens, 512 MiB; max model length 1,024; 64.0 requests of that length at once".
    /// </summary>
    public override string ToString()
    {
        string reduced = MaxLength < Positions ? $", reduced from the model's {Number(Positions)}" : "";
        string concurrency = ((double)Tokens / MaxLength).ToString("N1", CultureInfo.InvariantCulture);
        return $"{Number(Tokens)} tokens, {Size(Bytes)}; max model length {Number(MaxLength)}{reduced}; {concurrency} requests of that "
            + "length at once";
    }

    private static long PagesOf(long tokens) => (tokens + Page - 1) / Page;

    /// <summary>The page of the prefix's last token, whose row is computed for each fork, and all after it are each fork's own.</summary>
    private static long PagesOf(int prefix, int forks, int tokens)
    {
        long shared = (prefix - 1) / Page;
        return shared + (forks * (PagesOf((long)prefix + tokens) - shared));
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes switch
    {
        >= 10L << 30 => $"{Number(bytes >> 30)} GiB",
        >= 10L << 20 => $"{Number(bytes >> 20)} MiB",
        _ => $"{Number(bytes >> 10)} KiB",
    };

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new CacheSizeException(problem);
        }
    }
}
