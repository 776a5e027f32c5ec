using Alignment.Models.Configuration;

namespace Alignment.Training.Transformers;

/// <summary>
/// Where each tensor of a model lies in one flat array. Projections that read the same input are neighbours (q, k, v; gate, up), so that
/// one product computes them together.
/// </summary>
public sealed class ParameterLayout
{
    private readonly List<ParameterTensor> _tensors = [];

    /// <summary>Lays out the tensors of a configuration.</summary>
    public ParameterLayout(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Embedding = Add("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(layer => AddLayer(config, $"model.layers.{layer}."))];
        FinalNorm = Add("model.norm.weight", config.HiddenSize);
        Head = config.TieWordEmbeddings ? Embedding : Add("lm_head.weight", config.VocabularySize, config.HiddenSize);
    }

    /// <summary>All tensors, in the order of their offsets.</summary>
    public IReadOnlyList<ParameterTensor> Tensors => _tensors;

    /// <summary>Number of parameters.</summary>
    public long Length => _tensors[^1].Offset + _tensors[^1].Length;

    internal long Embedding { get; }

    internal IReadOnlyList<LayerOffsets> Layers { get; }

    internal long FinalNorm { get; }

    internal long Head { get; }

    private LayerOffsets AddLayer(ModelConfig config, string prefix)
    {
        string attention = prefix + "self_attn.";
        return new LayerOffsets
        {
            InputNorm = Add(prefix + "input_layernorm.weight", config.HiddenSize),
            QueryKeyValue = AddThree(attention, "weight", config, config.HiddenSize),
            QueryKeyValueBias = config.AttentionBias ? AddThree(attention, "bias", config) : -1,
            QueryNorm = config.QueryKeyNorm ? Add(attention + "q_norm.weight", config.HeadSize) : -1,
            KeyNorm = config.QueryKeyNorm ? Add(attention + "k_norm.weight", config.HeadSize) : -1,
            Output = Add(attention + "o_proj.weight", config.HiddenSize, config.QuerySize),
            MiddleNorm = Add(prefix + "post_attention_layernorm.weight", config.HiddenSize),
            GateUp = Add(prefix + "mlp.gate_proj.weight", config.IntermediateSize, config.HiddenSize),
            Up = Add(prefix + "mlp.up_proj.weight", config.IntermediateSize, config.HiddenSize),
            Down = Add(prefix + "mlp.down_proj.weight", config.HiddenSize, config.IntermediateSize),
        };
    }

    private long AddThree(string attention, string kind, ModelConfig config, params int[] columns)
    {
        long offset = Add($"{attention}q_proj.{kind}", [config.QuerySize, .. columns]);
        Add($"{attention}k_proj.{kind}", [config.KeyValueSize, .. columns]);
        Add($"{attention}v_proj.{kind}", [config.KeyValueSize, .. columns]);
        return offset;
    }

    private long Add(string name, params int[] shape)
    {
        long offset = _tensors.Count == 0 ? 0 : Length;
        _tensors.Add(new ParameterTensor(name, shape, offset));
        return offset;
    }
}
