using System.Text.Json.Nodes;
using Alignment.Models.Configuration;
using Alignment.Tests;

namespace Alignment.Models.Tests.Checkpoints;

/// <summary>The fields that published models of the family carry: none of them is refused.</summary>
public sealed class PublishedConfigTests
{
    private const string Llama = """
        "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1, "hidden_act": "silu", "initializer_range": 0.02,
        "max_position_embeddings": 4096, "model_type": "llama", "rms_norm_eps": 1e-05, "torch_dtype": "float16", "transformers_version": "4.43.0.dev0", "use_cache": true
        """;

    private const string Qwen = """
        "attention_dropout": 0.0, "bos_token_id": 31, "eos_token_id": 30, "hidden_act": "silu", "initializer_range": 0.02, "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.43.1", "use_cache": true,
        "use_sliding_window": false
        """;

    [Theory]
    [InlineData(
        "Llama 2",
        Llama,
        """ "_name_or_path": "meta-llama/Llama-2-7b-hf", "eos_token_id": 2, "pretraining_tp": 1, "rope_scaling": null,"""
        + """ "tie_word_embeddings": false """)]
    [InlineData("Vicuna", Llama, """ "eos_token_id": 2, "max_sequence_length": 2048, "pad_token_id": 0, "tie_word_embeddings": false """)]
    [InlineData(
        "Llama 3",
        Llama,
        """ "eos_token_id": 2, "mlp_bias": false, "pretraining_tp": 1, "rope_scaling": null, "rope_theta": 500000.0,"""
        + """ "tie_word_embeddings": false """)]
    [InlineData("Llama 3.2", Llama, """
        "eos_token_id": [2, 3, 4], "head_dim": 8, "mlp_bias": false, "pretraining_tp": 1, "rope_theta": 500000.0, "tie_word_embeddings": true,
        "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}
        """)]
    [InlineData(
        "TinyLlama",
        Llama,
        """ "eos_token_id": 2, "pretraining_tp": 1, "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": false """)]
    [InlineData(
        "SmolLM",
        Llama,
        """ "eos_token_id": 0, "pretraining_tp": 1, "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": true """)]
    [InlineData("SmolLM2", Llama, """
        "_attn_implementation_autoset": true, "eos_token_id": 2, "is_llama_config": true, "mlp_bias": false, "pad_token_id": 2, "pretraining_tp": 1, "rope_interleaved": false,
        "rope_scaling": null, "rope_theta": 130000, "tie_word_embeddings": true, "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"} }
        """)]
    [InlineData("with rope_parameters", Llama, """
        "dtype": "bfloat16", "eos_token_id": 2, "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}, "tie_word_embeddings": true, "layer_types": null
        """)]
    [InlineData("Mistral 7B v0.1", """
        "architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "initializer_range": 0.02, "max_position_embeddings": 32768,
        "model_type": "mistral", "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0",
        "use_cache": true
        """, """ "sliding_window": 4096 """)]
    [InlineData("Mistral 7B v0.3", """
        "architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "initializer_range": 0.02,
        "max_position_embeddings": 32768, "model_type": "mistral", "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "tie_word_embeddings": false
        """, """ "sliding_window": null """)]
    [InlineData(
        "Qwen2",
        Qwen,
        """ "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "max_window_layers": 24, "sliding_window": 32768 """)]
    [InlineData(
        "Qwen2.5",
        Qwen,
        """ "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "max_window_layers": 24, "sliding_window": 32768,"""
        + """ "use_mrope": false """)]
    [InlineData("Qwen3", Qwen, """
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "attention_bias": false, "head_dim": 8, "max_window_layers": 28, "rope_scaling": null, "sliding_window": null
        """)]
    [InlineData("Qwen3 2507", Qwen, """
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "attention_bias": false, "head_dim": 8, "max_window_layers": 2, "sliding_window": null,
        "layer_types": ["full_attention", "full_attention"]
        """)]
    public void The_fields_of_published_models_are_known(string name, string family, string own)
    {
        using var folder = new TemporaryFolder();
        JsonObject config = JsonNode.Parse($"{{{family}, {own}}}")!.AsObject();
        foreach ((string size, int value) in new[]
        {
            ("vocab_size", 32), ("hidden_size", 16), ("intermediate_size", 32), ("num_hidden_layers", 2), ("num_attention_heads", 2),
            ("num_key_value_heads", 1),
        })
        {
            config[size] = value;
        }

        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        ModelConfig read = ModelConfigReader.Read(folder.File("config.json"));
        Assert.True(read.HeadSize == 8, name);
        Assert.Equal(
            name.StartsWith("with", StringComparison.Ordinal) || name.StartsWith("Llama 3", StringComparison.Ordinal),
            read.Rope.Theta == 500_000);
    }

    [Fact]
    public void A_base_frequency_beside_the_other_rotation_fields_counts()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """
            {"model_type": "llama", "vocab_size": 32, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
             "rope_theta": 500000.0, "rope_parameters": {"rope_type": "default"} }
            """);
        Assert.Equal(500_000, ModelConfigReader.Read(folder.File("config.json")).Rope.Theta);
    }
}
