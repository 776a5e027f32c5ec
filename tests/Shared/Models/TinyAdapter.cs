using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;

namespace Alignment.Tests.Models;

/// <summary>Writes LoRA weights in PEFT's layout with random numbers, over q, v and down projections.</summary>
internal static class TinyAdapter
{
    private const int Rank = 4;

    public static void Write(string folder, TinyShape shape, ulong seed)
    {
        Directory.CreateDirectory(folder);
        var config = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["r"] = Rank,
            ["lora_alpha"] = 8,
            ["bias"] = "none",
            ["target_modules"] = new JsonArray("q_proj", "v_proj", "down_proj"),
        };
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString());
        List<TinyTensor> tensors = [];
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            Add($"{layer}.self_attn.q_proj", shape.Heads * shape.HeadSize, shape.Hidden);
            Add($"{layer}.self_attn.v_proj", shape.KeyValueHeads * shape.HeadSize, shape.Hidden);
            Add($"{layer}.mlp.down_proj", shape.Hidden, shape.Intermediate);
        }

        TinySafetensors.Write(Path.Combine(folder, "adapter_model.safetensors"), tensors);

        void Add(string module, int outputs, int inputs)
        {
            string prefix = $"base_model.model.model.layers.{module}.";
            tensors.Add(new TinyTensor(prefix + "lora_A.weight", [Rank, inputs], Numbers(Rank * inputs)));
            tensors.Add(new TinyTensor(prefix + "lora_B.weight", [outputs, Rank], Numbers(outputs * Rank)));
        }

        float[] Numbers(int count) =>
            [.. Enumerable.Range(0, count).Select(i => (float)(Philox.Uniform(seed, (ulong)i, (ulong)tensors.Count) - 0.5))];
    }
}
