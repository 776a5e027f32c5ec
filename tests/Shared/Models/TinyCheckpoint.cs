using System.Text.Json.Nodes;
using Alignment.Compute.Contract.Random;

namespace Alignment.Tests.Models;

/// <summary>Writes model folders with random weights: every architecture, in milliseconds, the same bytes for the same seed.</summary>
internal static class TinyCheckpoint
{
    /// <summary>
    /// Writes config.json, model.safetensors (f32), a byte-level tokenizer and a chat template; ids 256 to 260 are the special tokens.
    /// </summary>
    public static void Write(string folder, TinyArchitecture architecture, ulong seed = 1, TinyShape? shape = null)
    {
        Directory.CreateDirectory(folder);
        shape ??= new TinyShape();
        File.WriteAllText(Path.Combine(folder, "config.json"), Config(architecture, shape).ToJsonString());
        TinySafetensors.Write(Path.Combine(folder, "model.safetensors"), Tensors(architecture, shape, seed));
        TinyTokenizer.Write(folder);
    }

    /// <summary>Name, shape and numbers of every tensor.</summary>
    public static List<TinyTensor> Tensors(TinyArchitecture architecture, TinyShape shape, ulong seed)
    {
        var tensors = new List<TinyTensor>();
        int query = shape.Heads * shape.HeadSize;
        int keyValue = shape.KeyValueHeads * shape.HeadSize;
        Add("model.embed_tokens.weight", 1, shape.Vocabulary, shape.Hidden);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            Add(prefix + "input_layernorm.weight", 0, shape.Hidden);
            Add(prefix + "self_attn.q_proj.weight", 1, query, shape.Hidden);
            Add(prefix + "self_attn.k_proj.weight", 1, keyValue, shape.Hidden);
            Add(prefix + "self_attn.v_proj.weight", 1, keyValue, shape.Hidden);
            Add(prefix + "self_attn.o_proj.weight", 1, shape.Hidden, query);
            if (architecture == TinyArchitecture.Qwen2)
            {
                Add(prefix + "self_attn.q_proj.bias", 1, query);
                Add(prefix + "self_attn.k_proj.bias", 1, keyValue);
                Add(prefix + "self_attn.v_proj.bias", 1, keyValue);
            }

            if (architecture == TinyArchitecture.Qwen3)
            {
                Add(prefix + "self_attn.q_norm.weight", 0, shape.HeadSize);
                Add(prefix + "self_attn.k_norm.weight", 0, shape.HeadSize);
            }

            Add(prefix + "post_attention_layernorm.weight", 0, shape.Hidden);
            Add(prefix + "mlp.gate_proj.weight", 1, shape.Intermediate, shape.Hidden);
            Add(prefix + "mlp.up_proj.weight", 1, shape.Intermediate, shape.Hidden);
            Add(prefix + "mlp.down_proj.weight", 1, shape.Hidden, shape.Intermediate);
        }

        Add("model.norm.weight", 0, shape.Hidden);
        if (architecture == TinyArchitecture.LlamaUntied)
        {
            Add("lm_head.weight", 1, shape.Vocabulary, shape.Hidden);
        }

        return tensors;

        // Matrices have variance 1 / inputs, so that the logits are neither flat nor certain; norms lie around 1.
        void Add(string name, int centre, params int[] sizes)
        {
            float scale = sizes.Length == 2 ? 1.7f / MathF.Sqrt(sizes[1]) : 0.3f;
            float[] numbers = new float[sizes.Aggregate(1, (product, size) => product * size)];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (1 - centre) + (scale * (float)((2 * Philox.Uniform(seed, (ulong)i, (ulong)tensors.Count)) - 1));
            }

            tensors.Add(new TinyTensor(name, sizes, numbers));
        }
    }

    private static JsonObject Config(TinyArchitecture architecture, TinyShape shape)
    {
        string type = architecture switch
        {
            TinyArchitecture.Mistral => "mistral",
            TinyArchitecture.Qwen2 => "qwen2",
            TinyArchitecture.Qwen3 => "qwen3",
            _ => "llama",
        };
        return new JsonObject
        {
            ["model_type"] = type,
            ["vocab_size"] = shape.Vocabulary,
            ["hidden_size"] = shape.Hidden,
            ["intermediate_size"] = shape.Intermediate,
            ["num_hidden_layers"] = shape.Layers,
            ["num_attention_heads"] = shape.Heads,
            ["num_key_value_heads"] = shape.KeyValueHeads,
            ["head_dim"] = shape.HeadSize,
            ["max_position_embeddings"] = shape.Positions,
            ["rms_norm_eps"] = 1e-5,
            ["rope_theta"] = architecture == TinyArchitecture.Llama3Rope ? 500000 : 10000,
            ["rope_scaling"] = Scaling(architecture),
            ["tie_word_embeddings"] = architecture != TinyArchitecture.LlamaUntied,
            ["bos_token_id"] = Math.Min(TinyTokenizer.Begin, shape.Vocabulary - 1),
            ["eos_token_id"] = Math.Min(TinyTokenizer.End, shape.Vocabulary - 1),
        };
    }

    private static JsonObject? Scaling(TinyArchitecture architecture) => architecture switch
    {
        TinyArchitecture.LinearRope => new JsonObject { ["rope_type"] = "linear", ["factor"] = 2.0 },
        TinyArchitecture.Llama3Rope => new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = 8.0,
            ["low_freq_factor"] = 1.0,
            ["high_freq_factor"] = 4.0,
            ["original_max_position_embeddings"] = 64,
        },
        _ => null,
    };
}
