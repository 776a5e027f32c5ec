using System.Text.Json.Nodes;
using Alignment.Compute.Reference;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Checkpoints;

/// <summary>Adapter folders from strangers: an adapter that is not whole is refused by file and field, never applied in part.</summary>
public sealed class HostileAdapterTests : IDisposable
{
    private const string Settings = "adapter_config.json";
    private const string Weights = "adapter_model.safetensors";
    private const string Query = "base_model.model.model.layers.0.self_attn.q_proj";
    private const int Rank = 4;

    private static readonly TinyShape s_shape = new();
    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();
    private readonly LanguageModel _model;

    public HostileAdapterTests()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        _model = LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(16, 8));
        TinyAdapter.Write(_folder.File("kind"), s_shape, seed: 1);
    }

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("r", "0", "r")]
    [InlineData("r", "-4", "r")]
    [InlineData("r", "1000000000000", "r")]
    [InlineData("r", "5", "shape")]
    [InlineData("lora_alpha", "-1", "lora_alpha")]
    [InlineData("lora_alpha", "\"big\"", "lora_alpha")]
    [InlineData("peft_type", "\"IA3\"", "peft_type")]
    [InlineData("bias", "\"all\"", "bias")]
    [InlineData("use_dora", "true", "use_dora")]
    [InlineData("fan_in_fan_out", "true", "fan_in_fan_out")]
    [InlineData("use_qalora", "true", "use_qalora")]
    [InlineData("alpha_pattern", "{\"q_proj\": 64}", "alpha_pattern")]
    [InlineData("rank_pattern", "{\"q_proj\": 8}", "rank_pattern")]
    [InlineData("layer_replication", "[[0, 2], [1, 2]]", "layer_replication")]
    [InlineData("modules_to_save", "[\"lm_head\"]", "modules_to_save")]
    [InlineData("alora_invocation_tokens", "[1, 2]", "alora_invocation_tokens")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"", "init_lora_weights")]
    public void A_setting_that_does_not_fit_is_refused(string field, string value, string named)
    {
        JsonNode settings = JsonNode.Parse(File.ReadAllText(_folder.File("kind/" + Settings)))!;
        settings[field] = JsonNode.Parse(value);
        File.WriteAllText(_folder.File("kind/" + Settings), settings.ToJsonString());
        Refused(named == "shape" ? Weights : Settings, named);
    }

    [Fact]
    public void What_peft_writes_is_known()
    {
        File.WriteAllText(_folder.File("kind/" + Settings), """
            {"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "x", "bias": "none", "corda_config": null, "eva_config": null, "exclude_modules": null,
             "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layer_replication": null, "layers_pattern": null, "layers_to_transform": null,
             "loftq_config": {}, "lora_alpha": 8, "lora_bias": false, "lora_dropout": 0.05, "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null,
             "peft_type": "LORA", "qalora_group_size": 16, "r": 4, "rank_pattern": {}, "revision": null, "target_modules": ["q_proj"], "target_parameters": null,
             "task_type": "CAUSAL_LM", "trainable_token_indices": null, "use_dora": false, "use_qalora": false, "use_rslora": false}
            """);
        Load();
    }

    [Theory]
    [InlineData("lora_A")]
    [InlineData("lora_B")]
    public void Half_a_pair_is_refused(string half)
    {
        string present = $"{Query}.{half}.weight";
        string missing = $"{Query}.{(half == "lora_A" ? "lora_B" : "lora_A")}.weight";
        Write(
            new TinyTensor(
                present,
                half == "lora_A" ? [Rank, s_shape.Hidden] : [s_shape.Heads * s_shape.HeadSize, Rank],
                new float[Rank * s_shape.Hidden]));
        Refused(Weights, missing, "missing");
    }

    [Fact]
    public void An_adapter_of_nothing_is_refused()
    {
        Write();
        Refused(Weights, "no tensor");
    }

    [Theory]
    [InlineData("base_model.model.model.layers.99.self_attn.q_proj.lora_A.weight")]
    [InlineData("base_model.model.model.layers.-1.self_attn.q_proj.lora_A.weight")]
    [InlineData("base_model.model.model.layers.0.self_attn.r_proj.lora_A.weight")]
    [InlineData("base_model.model.model.layers.0.q_proj.lora_A.weight")]
    [InlineData("base_model.model.lm_head.lora_A.weight")]
    [InlineData("weight")]
    [InlineData(".lora_B.weight")]
    public void A_tensor_of_no_projection_is_refused(string name)
    {
        Write(new TinyTensor(name, [Rank, s_shape.Hidden], new float[Rank * s_shape.Hidden]));
        Refused(Weights);
    }

    [Fact]
    public void A_shape_or_a_number_that_does_not_fit_is_refused()
    {
        int outputs = s_shape.Heads * s_shape.HeadSize;
        TinyTensor a = new($"{Query}.lora_A.weight", [Rank, s_shape.Hidden], new float[Rank * s_shape.Hidden]);
        Write(a, new TinyTensor($"{Query}.lora_B.weight", [outputs + 1, Rank], new float[(outputs + 1) * Rank]));
        Refused(Weights, "lora_B", "shape");
        TinyTensor b = new($"{Query}.lora_B.weight", [outputs, Rank], new float[outputs * Rank]);
        b.Numbers[^1] = float.NaN;
        Write(a, b);
        Refused(Weights, "lora_B", "NaN or infinity");
        b.Numbers[^1] = 0;
        Write(a, b);
        Load();
    }

    private void Write(params TinyTensor[] tensors) => TinySafetensors.Write(_folder.File("kind/" + Weights), tensors);

    private void Refused(params string[] words)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(Load);
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
    }

    private void Load() => _model.Transformer.LoadAdapter(_folder.File("kind")).Dispose();
}
