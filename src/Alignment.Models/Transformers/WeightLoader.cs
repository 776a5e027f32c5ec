using Alignment.Compute.Contract;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;

namespace Alignment.Models.Transformers;

/// <summary>Reads a checkpoint's tensors by their Hugging Face names and packs them for a backend.</summary>
internal sealed class WeightLoader(Checkpoint checkpoint, IBackend backend)
{
    private readonly ModelConfig _config = checkpoint.Config;

    public WeightMatrix Embedding() => Pack(("model.embed_tokens.weight", _config.VocabularySize));

    /// <summary>The output projection; null where it is the embedding.</summary>
    public WeightMatrix? Head() => _config.TieWordEmbeddings ? null : Pack(("lm_head.weight", _config.VocabularySize));

    public Tensor FinalNorm() => Vector("model.norm.weight", _config.HiddenSize);

    public TransformerLayer Layer(int index)
    {
        string layer = $"model.layers.{index}.";
        string attention = layer + "self_attn.";
        return new TransformerLayer
        {
            InputNorm = Vector(layer + "input_layernorm.weight", _config.HiddenSize),
            QueryKeyValue = Pack((attention + "q_proj.weight", _config.QuerySize), (attention + "k_proj.weight", _config.KeyValueSize), (attention + "v_proj.weight", _config.KeyValueSize)),
            QueryKeyValueBias = _config.AttentionBias ? Bias(attention) : null,
            HeadNorm = _config.QueryKeyNorm
                ? new HeadNorm(Vector(attention + "q_norm.weight", _config.HeadSize), Vector(attention + "k_norm.weight", _config.HeadSize), _config.RmsNormEpsilon)
                : null,
            Output = backend.Pack([checkpoint.Read(attention + "o_proj.weight", _config.HiddenSize, _config.QuerySize)]),
            MiddleNorm = Vector(layer + "post_attention_layernorm.weight", _config.HiddenSize),
            GateUp = Pack((layer + "mlp.gate_proj.weight", _config.IntermediateSize), (layer + "mlp.up_proj.weight", _config.IntermediateSize)),
            Down = backend.Pack([checkpoint.Read(layer + "mlp.down_proj.weight", _config.HiddenSize, _config.IntermediateSize)]),
        };
    }

    private WeightMatrix Pack(params (string Name, int Outputs)[] parts)
    {
        WeightSource[] sources = [.. parts.Select(part => checkpoint.Read(part.Name, part.Outputs, _config.HiddenSize))];
        bool alike = sources.All(source => source.Type == sources[0].Type);
        return alike ? backend.Pack(sources) : throw new InvalidDataException($"{parts[0].Name}: dtype: differs from that of {parts[^1].Name}");
    }

    private Tensor Vector(string name, int size) => Upload(checkpoint.ReadNumbers(name, 1, size));

    private Tensor Bias(string attention) => Upload(
    [
        .. checkpoint.ReadNumbers(attention + "q_proj.bias", 1, _config.QuerySize),
        .. checkpoint.ReadNumbers(attention + "k_proj.bias", 1, _config.KeyValueSize),
        .. checkpoint.ReadNumbers(attention + "v_proj.bias", 1, _config.KeyValueSize),
    ]);

    private Tensor Upload(float[] numbers)
    {
        Tensor tensor = backend.CreateTensor(1, numbers.Length);
        backend.Upload(numbers, 0, tensor);
        return tensor;
    }
}
