using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;

namespace Alignment.Benchmarks.EndToEnd;

/// <summary>
/// Writes a model folder of some shape with random bf16 weights, and LoRA adapters for it: the time of a pass does not depend on the
/// numbers.
/// </summary>
internal sealed class SyntheticModel(SyntheticShape shape)
{
    private readonly List<(string Name, int[] Shape)> _tensors = [];

    /// <param name="folder">Where to.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="sparse">Matrices are holes in the file, read as zeros: no disk is used, for a backend that draws them itself.</param>
    public static void WriteModel(string folder, SyntheticShape shape, bool sparse = false)
    {
        Directory.CreateDirectory(folder);
        var model = new SyntheticModel(shape);
        File.WriteAllText(Path.Combine(folder, "config.json"), model.Config().ToJsonString());
        model._tensors.Add(("model.embed_tokens.weight", [shape.Vocabulary, shape.Hidden]));
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            model.AddLayer($"model.layers.{layer}.");
        }

        model._tensors.Add(("model.norm.weight", [shape.Hidden]));
        if (!shape.TiesEmbeddings)
        {
            model._tensors.Add(("lm_head.weight", [shape.Vocabulary, shape.Hidden]));
        }

        model.Write(Path.Combine(folder, "model.safetensors"), sparse);
    }

    /// <summary>An adapter on the named projections of every layer.</summary>
    public static void WriteAdapter(string folder, SyntheticShape shape, int rank, string[] modules)
    {
        Directory.CreateDirectory(folder);
        var config = new JsonObject { ["peft_type"] = "LORA", ["r"] = rank, ["lora_alpha"] = rank };
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString());
        var adapter = new SyntheticModel(shape);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            foreach (string module in modules)
            {
                string prefix = $"base_model.model.model.layers.{layer}.{module}.";
                adapter._tensors.Add((prefix + "lora_A.weight", [rank, shape.SizeOf(module)[1]]));
                adapter._tensors.Add((prefix + "lora_B.weight", [shape.SizeOf(module)[0], rank]));
            }
        }

        adapter.Write(Path.Combine(folder, "adapter_model.safetensors"), sparse: false);
    }

    private JsonObject Config() => new()
    {
        ["model_type"] = "llama",
        ["vocab_size"] = shape.Vocabulary,
        ["hidden_size"] = shape.Hidden,
        ["intermediate_size"] = shape.Intermediate,
        ["num_hidden_layers"] = shape.Layers,
        ["num_attention_heads"] = shape.Heads,
        ["num_key_value_heads"] = shape.KeyValueHeads,
        ["head_dim"] = shape.HeadSize,
        ["max_position_embeddings"] = shape.Positions,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = shape.RopeTheta,
        ["tie_word_embeddings"] = shape.TiesEmbeddings,
    };

    private void AddLayer(string prefix)
    {
        _tensors.Add((prefix + "input_layernorm.weight", [shape.Hidden]));
        _tensors.Add((prefix + "post_attention_layernorm.weight", [shape.Hidden]));
        _tensors.AddRange(SyntheticShape.Modules.Select(module => ($"{prefix}{module}.weight", shape.SizeOf(module))));
    }

    private void Write(string path, bool sparse)
    {
        var header = new JsonObject();
        long offset = 0;
        foreach ((string name, int[] sizes) in _tensors)
        {
            long end = offset + (sizeof(ushort) * Count(sizes));
            header[name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = new JsonArray([.. sizes.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write((ulong)json.Length);
        writer.Write(json);
        foreach ((_, int[] sizes) in _tensors)
        {
            if (sparse && sizes.Length > 1)
            {
                writer.BaseStream.Position += sizeof(ushort) * Count(sizes);
            }
            else
            {
                WriteNumbers(writer, sizes);
            }
        }

        writer.BaseStream.SetLength(writer.BaseStream.Position);
    }

    private static long Count(int[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);

    /// <summary>Norms are 1; matrices of variance 1 / (3 inputs), four numbers a draw.</summary>
    private static void WriteNumbers(BinaryWriter writer, int[] sizes)
    {
        long count = Count(sizes);
        ulong tensor = (ulong)writer.BaseStream.Position;
        float scale = sizes.Length == 1 ? 0 : 1 / MathF.Sqrt(sizes[1]);
        for (long i = 0; i < count; i += 4)
        {
            (uint x, uint y, uint z, uint w) = Philox.Block(1, (ulong)i, tensor);
            foreach (uint draw in (ReadOnlySpan<uint>)[x, y, z, w])
            {
                float number = sizes.Length == 1 ? 1 : scale * ((draw * (2f / uint.MaxValue)) - 1);
                writer.Write((ushort)(BitConverter.SingleToUInt32Bits(number) >> 16));
            }
        }
    }
}
