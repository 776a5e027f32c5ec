using Alignment.Models.Blueprints;
using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>
/// Where each tensor of a model lies in one flat array: in the order of the blueprint, so that the parts of a fused product (q, k, v; gate,
/// up) are neighbours and one product computes them together.
/// </summary>
public sealed class ParameterLayout
{
    private readonly List<ParameterTensor> _tensors = [];
    private readonly Dictionary<(WeightRole Role, int? Layer), long> _offsets = [];

    /// <summary>Lays out the tensors of a configuration.</summary>
    public ParameterLayout(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        foreach (WeightBlueprint weight in new TransformerBlueprint(config).Weights.Where(weight => !weight.IsOptional))
        {
            long offset = _tensors.Count == 0 ? 0 : Length;
            _tensors.Add(new ParameterTensor(weight.Name, weight.Shape, offset) { Weight = weight });
            _offsets.Add((weight.Role, weight.Layer), offset);
        }

        Embedding = Offset(WeightRole.Embedding);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(OfLayer)];
        FinalNorm = Offset(WeightRole.FinalNorm);
        Head = config.TieWordEmbeddings ? Embedding : Offset(WeightRole.Head);
    }

    /// <summary>All tensors, in the order of their offsets.</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _tensors;

    /// <summary>Number of parameters.</summary>
    public long Length => _tensors[^1].Offset + _tensors[^1].Length;

    internal long Embedding { get; }

    internal IReadOnlyList<LayerOffsets> Layers { get; }

    internal long FinalNorm { get; }

    internal long Head { get; }

    private LayerOffsets OfLayer(int layer) => new()
    {
        InputNorm = Offset(WeightRole.InputNorm, layer),
        QueryKeyValue = Offset(WeightRole.Query, layer),
        QueryKeyValueBias = Offset(WeightRole.QueryBias, layer),
        QueryNorm = Offset(WeightRole.QueryNorm, layer),
        KeyNorm = Offset(WeightRole.KeyNorm, layer),
        Output = Offset(WeightRole.Output, layer),
        MiddleNorm = Offset(WeightRole.MiddleNorm, layer),
        GateUp = Offset(WeightRole.Gate, layer),
        Down = Offset(WeightRole.Down, layer),
    };

    private long Offset(WeightRole role, int? layer = null) => _offsets.GetValueOrDefault((role, layer), -1);
}
