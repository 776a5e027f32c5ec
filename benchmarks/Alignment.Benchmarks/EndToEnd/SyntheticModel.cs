using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Random;

namespace Alignment.Benchmarks.EndToEnd;

/// <summary>
/// Writes a model folder of the 135M shape (SmolLM2-135M: 30 layers, hidden 576, 9 heads over 3, feed-forward 1536, vocabulary 49,152, tied) with random
/// bf16 weights, and LoRA adapters for it: the time of a pass does not depend on the numbers.
/// </summary>
internal sealed class SyntheticModel
{
    public const int Vocabulary = 49_152;
    public const int Hidden = 576;

    private const int Intermediate = 1536;
    private const int Layers = 30;
    private const int Heads = 9;
    private const int KeyValueHeads = 3;
    private const int HeadSize = 64;

    private readonly List<(string Name, int[] Shape)> _tensors = [];

    public static void WriteModel(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config().ToJsonString());
        var model = new SyntheticModel();
        model._tensors.Add(("model.embed_tokens.weight", [Vocabulary, Hidden]));
        for (int layer = 0; layer < Layers; layer++)
        {
            model.AddLayer($"model.layers.{layer}.");
        }

        model._tensors.Add(("model.norm.weight", [Hidden]));
        model.Write(Path.Combine(folder, "model.safetensors"));
    }

    /// <summary>An adapter on the four attention projections, the usual choice for reward models.</summary>
    public static void WriteAdapter(string folder, int rank)
    {
        Directory.CreateDirectory(folder);
        var config = new JsonObject { ["peft_type"] = "LORA", ["r"] = rank, ["lora_alpha"] = rank };
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString());
        var adapter = new SyntheticModel();
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach ((string module, int outputs) in new[] { ("q_proj", Heads * HeadSize), ("k_proj", KeyValueHeads * HeadSize), ("v_proj", KeyValueHeads * HeadSize), ("o_proj", Hidden) })
            {
                string prefix = $"base_model.model.model.layers.{layer}.self_attn.{module}.";
                adapter._tensors.Add((prefix + "lora_A.weight", [rank, module == "o_proj" ? Heads * HeadSize : Hidden]));
                adapter._tensors.Add((prefix + "lora_B.weight", [outputs, rank]));
            }
        }

        adapter.Write(Path.Combine(folder, "adapter_model.safetensors"));
    }

    private static JsonObject Config() => new()
    {
        ["model_type"] = "llama",
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Intermediate,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = KeyValueHeads,
        ["max_position_embeddings"] = 2048,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 100_000,
        ["tie_word_embeddings"] = true,
    };

    private void AddLayer(string prefix)
    {
        _tensors.Add((prefix + "input_layernorm.weight", [Hidden]));
        _tensors.Add((prefix + "self_attn.q_proj.weight", [Heads * HeadSize, Hidden]));
        _tensors.Add((prefix + "self_attn.k_proj.weight", [KeyValueHeads * HeadSize, Hidden]));
        _tensors.Add((prefix + "self_attn.v_proj.weight", [KeyValueHeads * HeadSize, Hidden]));
        _tensors.Add((prefix + "self_attn.o_proj.weight", [Hidden, Heads * HeadSize]));
        _tensors.Add((prefix + "post_attention_layernorm.weight", [Hidden]));
        _tensors.Add((prefix + "mlp.gate_proj.weight", [Intermediate, Hidden]));
        _tensors.Add((prefix + "mlp.up_proj.weight", [Intermediate, Hidden]));
        _tensors.Add((prefix + "mlp.down_proj.weight", [Hidden, Intermediate]));
    }

    private void Write(string path)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach ((string name, int[] shape) in _tensors)
        {
            long end = offset + (sizeof(ushort) * shape.Aggregate(1L, (product, size) => product * size));
            header[name] = new JsonObject { ["dtype"] = "BF16", ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]), ["data_offsets"] = new JsonArray(offset, end) };
            offset = end;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write((ulong)json.Length);
        writer.Write(json);
        foreach ((_, int[] shape) in _tensors)
        {
            WriteNumbers(writer, shape);
        }
    }

    /// <summary>Norms around 1; matrices of variance 1 / (3 inputs), four numbers a draw.</summary>
    private static void WriteNumbers(BinaryWriter writer, int[] shape)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        float scale = shape.Length == 1 ? 0 : 1 / MathF.Sqrt(shape[1]);
        for (long i = 0; i < count; i += 4)
        {
            (uint x, uint y, uint z, uint w) = Philox.Block(1, (ulong)i, (ulong)writer.BaseStream.Length);
            foreach (uint draw in (ReadOnlySpan<uint>)[x, y, z, w])
            {
                float number = shape.Length == 1 ? 1 : scale * ((draw * (2f / uint.MaxValue)) - 1);
                writer.Write((ushort)(BitConverter.SingleToUInt32Bits(number) >> 16));
            }
        }
    }
}
