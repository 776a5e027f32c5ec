using Alignment.Models.Configuration;

namespace Alignment.Models.Blueprints;

/// <summary>
/// Every weight of a model of the Llama family: what it is for, what files call it, its shape, whether a file may leave it out. Who loads,
/// trains, exports or adapts a model reads it here; the names stand nowhere else. They are those of Hugging Face's transformers.
/// </summary>
public sealed class TransformerBlueprint
{
    private readonly List<WeightBlueprint> _weights = [];
    private readonly Dictionary<(WeightRole Role, int? Layer), WeightBlueprint> _byRole = [];

    /// <summary>Lays out the weights of a configuration.</summary>
    public TransformerBlueprint(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Add(Of(WeightRole.Embedding, null, config.VocabularySize, config.HiddenSize));
        for (int layer = 0; layer < config.Layers; layer++)
        {
            AddAttention(config, layer);
            AddFeedForward(config, layer);
        }

        Add(WeightRole.FinalNorm, null, config.HiddenSize);
        WeightBlueprint head = Of(WeightRole.Head, null, config.VocabularySize, config.HiddenSize);
        Add(head with { IsOptional = config.TieWordEmbeddings });
    }

    /// <summary>
    /// All of them, from the embedding to the head. The parts of a fused matmul are neighbours, in the order of their columns.
    /// </summary>
    public IReadOnlyList<WeightBlueprint> Weights => _weights;

    /// <summary>The weight of a role, which the architecture has.</summary>
    /// <exception cref="KeyNotFoundException">It does not have it.</exception>
    public WeightBlueprint this[WeightRole role, int? layer = null] => _byRole[(role, layer)];

    /// <summary>The weight of a role; null where the architecture has none.</summary>
    public WeightBlueprint? Find(WeightRole role, int? layer = null) => _byRole.GetValueOrDefault((role, layer));

    /// <summary>The weights of a fused matmul, in the order of their columns.</summary>
    public IEnumerable<WeightBlueprint> Parts(Projection projection, int layer) => Roles(projection).Select(role => this[role, layer]);

    /// <summary>
    /// Whether a file may hold a tensor that nobody reads, because it says nothing new: a tied head, the frequencies of the rotation.
    /// </summary>
    public bool SaysNothingNew(string tensor) =>
        tensor.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)
            || _weights.Exists(weight => weight.IsOptional && weight.Name == tensor);

    /// <summary>What PEFT calls a kind of projection in a list of targets: q_proj.</summary>
    public static string TargetModule(WeightRole role) => Name(role).Split('.')[^2];

    private static WeightRole[] Roles(Projection projection) => projection switch
    {
        Projection.QueryKeyValue => [WeightRole.Query, WeightRole.Key, WeightRole.Value],
        Projection.Output => [WeightRole.Output],
        Projection.GateUp => [WeightRole.Gate, WeightRole.Up],
        _ => [WeightRole.Down],
    };

    private static string Name(WeightRole role) => role switch
    {
        WeightRole.Embedding => "model.embed_tokens.weight",
        WeightRole.InputNorm => "input_layernorm.weight",
        WeightRole.Query => "self_attn.q_proj.weight",
        WeightRole.Key => "self_attn.k_proj.weight",
        WeightRole.Value => "self_attn.v_proj.weight",
        WeightRole.QueryBias => "self_attn.q_proj.bias",
        WeightRole.KeyBias => "self_attn.k_proj.bias",
        WeightRole.ValueBias => "self_attn.v_proj.bias",
        WeightRole.QueryNorm => "self_attn.q_norm.weight",
        WeightRole.KeyNorm => "self_attn.k_norm.weight",
        WeightRole.Output => "self_attn.o_proj.weight",
        WeightRole.MiddleNorm => "post_attention_layernorm.weight",
        WeightRole.Gate => "mlp.gate_proj.weight",
        WeightRole.Up => "mlp.up_proj.weight",
        WeightRole.Down => "mlp.down_proj.weight",
        WeightRole.FinalNorm => "model.norm.weight",
        _ => "lm_head.weight",
    };

    private void AddAttention(ModelConfig config, int layer)
    {
        Add(WeightRole.InputNorm, layer, config.HiddenSize);
        AddProduct(Projection.QueryKeyValue, layer, config.HiddenSize, config.QuerySize, config.KeyValueSize, config.KeyValueSize);
        if (config.AttentionBias)
        {
            Add(WeightRole.QueryBias, layer, config.QuerySize);
            Add(WeightRole.KeyBias, layer, config.KeyValueSize);
            Add(WeightRole.ValueBias, layer, config.KeyValueSize);
        }

        if (config.QueryKeyNorm)
        {
            Add(WeightRole.QueryNorm, layer, config.HeadSize);
            Add(WeightRole.KeyNorm, layer, config.HeadSize);
        }

        AddProduct(Projection.Output, layer, config.QuerySize, config.HiddenSize);
    }

    private void AddFeedForward(ModelConfig config, int layer)
    {
        Add(WeightRole.MiddleNorm, layer, config.HiddenSize);
        AddProduct(Projection.GateUp, layer, config.HiddenSize, config.IntermediateSize, config.IntermediateSize);
        AddProduct(Projection.Down, layer, config.IntermediateSize, config.HiddenSize);
    }

    private void AddProduct(Projection projection, int layer, int inputs, params int[] outputs)
    {
        int column = 0;
        foreach ((WeightRole role, int rows) in Roles(projection).Zip(outputs))
        {
            Add(Of(role, layer, rows, inputs) with { Projection = projection, FirstColumn = column });
            column += rows;
        }
    }

    private void Add(WeightRole role, int? layer, int size) => Add(Of(role, layer, size));

    private void Add(WeightBlueprint weight)
    {
        _weights.Add(weight);
        _byRole.Add((weight.Role, weight.Layer), weight);
    }

    private static WeightBlueprint Of(WeightRole role, int? layer, params int[] shape) =>
        new(role, layer, layer is null ? Name(role) : $"model.layers.{layer}.{Name(role)}", shape);
}
