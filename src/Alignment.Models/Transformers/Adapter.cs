using Alignment.Compute.Contract;
using Alignment.Models.Blueprints;

namespace Alignment.Models.Transformers;

/// <summary>
/// LoRA weights over a <see cref="Transformer"/>. Belongs to whoever loaded it; rows of one batch may carry different adapters.
/// </summary>
public sealed class Adapter : IDisposable
{
    private static readonly int s_projections = Enum.GetValues<Projection>().Length;

    private readonly AdapterPair[][] _pairs;

    internal Adapter(string name, int layers)
    {
        Name = name;
        _pairs = new AdapterPair[layers * s_projections][];
        Array.Fill(_pairs, []);
    }

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AdapterPair pair in _pairs.SelectMany(pairs => pairs))
        {
            pair.Pair.Dispose();
        }
    }

    internal void Add(WeightBlueprint target, Lora pair)
    {
        ref AdapterPair[] pairs = ref _pairs[Index(target.Layer!.Value, target.Projection!.Value)];
        pairs = [.. pairs, new AdapterPair(pair, target.FirstColumn)];
    }

    internal ReadOnlySpan<AdapterPair> Pairs(int layer, Projection projection) => _pairs[Index(layer, projection)];

    private static int Index(int layer, Projection projection) => (layer * s_projections) + (int)projection;
}
