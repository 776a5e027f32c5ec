using Alignment.Compute.Contract;
using Alignment.Inference.Pages;
using Alignment.Models.Transformers;

namespace Alignment.Inference.Sessions;

/// <summary>
/// One of the models that an engine drives on one backend, with a cache and a tree of its own: the first is the one that is served, others
/// guide it or draft for it. A path belongs to one lane; every lane has as many pages as the others. Owns the cache, not the model.
/// </summary>
internal sealed class Lane : IDisposable
{
    private readonly KvCache _cache;

    /// <param name="index">Its place among the lanes of its engine, which its paths name.</param>
    /// <param name="model">The frozen model.</param>
    /// <param name="size">Pages, and the longest sequence as far as the model has positions for it.</param>
    public Lane(int index, Transformer model, CacheSize size)
    {
        (Index, Model, MaxLength) = (index, model, Math.Min(size.MaxLength, model.Config.MaxPositions));
        _cache = model.CreateCache(size.Pages);
        Tree = new TokenTree(size.Pages, (source, destination) => model.Backend.CopyPage(source, destination, _cache));
    }

    public int Index { get; }

    public Transformer Model { get; }

    /// <summary>Longest path, in tokens.</summary>
    public int MaxLength { get; }

    public TokenTree Tree { get; }

    /// <summary>Computes a batch of its paths.</summary>
    /// <returns>False when it was unwanted before its end.</returns>
    public bool TryForward(ForwardBatch batch, Func<bool> isUnwanted) => Model.TryForward(batch, _cache, isUnwanted);

    public void Dispose() => _cache.Dispose();
}
