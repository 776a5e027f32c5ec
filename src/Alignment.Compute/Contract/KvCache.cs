namespace Alignment.Compute.Contract;

/// <summary>
/// Keys and values of all layers, in pages of <see cref="PageSize"/> tokens. A page has one number, valid in every layer. Who uses which
/// page is the owner's business; the cache only holds the memory.
/// </summary>
/// <remarks>
/// Who has what of a page, from its memory to its tokens:
/// <code>
///   KvCache    memory of all pages, [layer][page]; made and disposed with the engine
///     ^ page numbers
///   page pool  which numbers are free, and how many users each of the others has
///     ^ one use each
///   path       the pages of its tokens, in order. A fork uses the same pages; who writes first into a
///              shared tail page takes a free one instead, and CopyPage copies it
///     ^ a RowSegment names them for one call; a backend keeps none of it
/// </code>
/// </remarks>
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
