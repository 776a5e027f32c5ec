namespace Alignment.Compute.Contract;

/// <summary>
/// Keys and values of all layers, in pages of <see cref="PageSize"/> tokens. A page has one number, valid in every layer. Who uses which page is
/// the owner's business; the cache only holds the memory.
/// </summary>
public abstract class KvCache(int layers, int pages, int keyValueHeads, int headSize) : IDisposable
{
    /// <summary>Tokens per page.</summary>
    public const int PageSize = 16;

    /// <summary>Layers.</summary>
    public int Layers { get; } = layers;

    /// <summary>Pages per layer.</summary>
    public int Pages { get; } = pages;

    /// <summary>Key/value heads.</summary>
    public int KeyValueHeads { get; } = keyValueHeads;

    /// <summary>Width of one head.</summary>
    public int HeadSize { get; } = headSize;

    /// <inheritdoc/>
    public abstract void Dispose();
}
