using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;

namespace Alignment.Tests.Models;

/// <summary>
/// Puts random heads and an adapter into a miniature model's folder: value head <c>value</c>, token-reward head <c>head</c>, adapter
/// <c>arm</c>.
/// </summary>
internal static class TinyRewards
{
    private const int Rank = 4;

    public static void Write(string folder, TinyShape? shape = null, ulong seed = 5)
    {
        shape ??= new TinyShape();
        WriteValue(folder, "value", shape, seed);
        WriteHead(
            Path.Combine(folder, "heads", "head"),
            new JsonObject
            {
                ["type"] = "token_reward",
                ["name"] = "head",
                ["hidden_size"] = shape.Hidden,
                ["vocab_size"] = shape.Vocabulary,
                ["rank"] = Rank,
                ["activation"] = "silu",
            },
            [Random("down.weight", seed, Rank, shape.Hidden), Random("up.weight", seed, shape.Vocabulary, Rank), Random("bias", seed, shape.Vocabulary)]);
        WriteAdapter(Path.Combine(folder, "adapters", "arm"), shape, seed);
    }

    /// <summary>Puts another value head beside them.</summary>
    public static void WriteValue(string folder, string name, TinyShape shape, ulong seed)
    {
        var config = new JsonObject
        {
            ["type"] = "value",
            ["name"] = name,
            ["hidden_size"] = shape.Hidden,
            ["objectives"] = new JsonArray("value"),
        };
        WriteHead(Path.Combine(folder, "heads", name), config, [Random("weight", seed, 1, shape.Hidden), Random("bias", seed, 1)]);
    }

    private static void WriteHead(string folder, JsonObject config, TinyTensor[] tensors)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "head_config.json"), config.ToJsonString());
        TinySafetensors.Write(Path.Combine(folder, "head.safetensors"), tensors);
    }

    private static void WriteAdapter(string folder, TinyShape shape, ulong seed)
    {
        Directory.CreateDirectory(folder);
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["r"] = Rank,
            ["lora_alpha"] = 2 * Rank,
            ["target_modules"] = new JsonArray("q_proj", "v_proj", "o_proj", "down_proj"),
        };
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString());
        List<TinyTensor> tensors = [];
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            int query = shape.Heads * shape.HeadSize;
            Add(layer, "self_attn.q_proj", query, shape.Hidden);
            Add(layer, "self_attn.v_proj", shape.KeyValueHeads * shape.HeadSize, shape.Hidden);
            Add(layer, "self_attn.o_proj", shape.Hidden, query);
            Add(layer, "mlp.down_proj", shape.Hidden, shape.Intermediate);
        }

        TinySafetensors.Write(Path.Combine(folder, "adapter_model.safetensors"), tensors);

        void Add(int layer, string module, int outputs, int inputs)
        {
            string prefix = $"base_model.model.model.layers.{layer}.{module}.";
            tensors.Add(Random(prefix + "lora_A.weight", seed + (ulong)tensors.Count, Rank, inputs));
            tensors.Add(Random(prefix + "lora_B.weight", seed + (ulong)tensors.Count, outputs, Rank));
        }
    }

    private static TinyTensor Random(string name, ulong seed, params int[] shape)
    {
        float scale = 1 / MathF.Sqrt(shape[^1]);
        float[] numbers = new float[shape.Aggregate(1, (product, size) => product * size)];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = scale * (float)((2 * Philox.Uniform(seed, (ulong)i, (ulong)name.Length)) - 1);
        }

        return new TinyTensor(name, shape, numbers);
    }
}
