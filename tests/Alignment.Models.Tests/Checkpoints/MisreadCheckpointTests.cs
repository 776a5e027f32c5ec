using System.Text;
using System.Text.Json.Nodes;
using Alignment.Compute.Reference;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;

namespace Alignment.Models.Tests.Checkpoints;

/// <summary>Whole and undamaged folders that mean another computation than ours are refused by file and field, never misread.</summary>
public sealed class MisreadCheckpointTests : IDisposable
{
    private const string Weights = "model.safetensors";

    private static readonly TinyShape s_shape = new();
    private readonly TemporaryFolder _folder = new();
    private readonly ReferenceBackend _backend = new();

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("quantization_config", """{"quant_method": "gptq", "bits": 4}""")]
    [InlineData("quantization", """{"group_size": 64, "bits": 4}""")]
    [InlineData("partial_rotary_factor", "0.5")]
    [InlineData("rope_interleaved", "true")]
    [InlineData("attn_logit_softcapping", "50.0")]
    [InlineData("final_logit_softcapping", "30.0")]
    [InlineData("query_pre_attn_scalar", "256")]
    [InlineData("logits_scaling", "8.0")]
    [InlineData("logit_scale", "0.0625")]
    [InlineData("residual_multiplier", "0.22")]
    [InlineData("embedding_multiplier", "12.0")]
    [InlineData("attention_multiplier", "0.015")]
    [InlineData("num_local_experts", "8")]
    [InlineData("num_experts", "64")]
    [InlineData("use_qk_norm", "true")]
    [InlineData("clip_qkv", "8")]
    [InlineData("layer_types", """["full_attention", "sliding_attention"]""")]
    [InlineData("sliding_window", "64")]
    [InlineData("no_rope_layers", "[1, 0]")]
    [InlineData("pruned_heads", """{"0": [1]}""")]
    [InlineData("is_causal", "false")]
    [InlineData("auto_map", """{"AutoModelForCausalLM": "modeling_x.X"}""")]
    [InlineData("attention_bias", "true")]
    [InlineData("mlp_bias", "true")]
    [InlineData("rope_parameters", """{"rope_type": "default", "partial_rotary_factor": 0.25}""", "rope_parameters.partial_rotary_factor")]
    [InlineData("rope_scaling", """{"rope_type": "default", "mrope_section": [16, 24, 24]}""", "rope_scaling.mrope_section")]
    [InlineData("rope_scaling", """{"rope_type": "linear"}""", "rope_scaling.factor")]
    [InlineData("rope_scaling", """{"rope_type": "llama3", "factor": 8}""", "rope_scaling.low_freq_factor")]
    [InlineData("rope_scaling", """{"type": "dynamic", "factor": 8}""", "rope_scaling.rope_type")]
    public void A_field_that_changes_the_computation_is_refused_by_name(string field, string value, string? named = null)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        EditConfig(config => config[field] = JsonNode.Parse(value));
        Refused("config.json", named ?? field);
    }

    [Theory]
    [InlineData(TinyArchitecture.Qwen2, "use_sliding_window", "true")]
    [InlineData(TinyArchitecture.Qwen2, "use_mrope", "true")]
    [InlineData(TinyArchitecture.Qwen3, "attention_bias", "true")]
    [InlineData(TinyArchitecture.Mistral, "max_window_layers", "1")]
    public void Each_family_has_its_own_fields(TinyArchitecture architecture, string field, string value)
    {
        TinyCheckpoint.Write(_folder.Path, architecture);
        EditConfig(config => config[field] = JsonNode.Parse(value));
        Refused("config.json", field);
    }

    [Fact]
    public void Two_descriptions_of_the_rotation_are_refused()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.LinearRope);
        EditConfig(config => config["rope_parameters"] = new JsonObject { ["rope_type"] = "default" });
        Refused("config.json", "rope_scaling");
    }

    [Fact]
    public void Unknown_fields_are_listed_but_not_without_end()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        EditConfig(config =>
        {
            for (int i = 0; i < 1000; i++)
            {
                config[$"field_{i}_{new string('x', 1000)}"] = 1;
            }
        });
        InvalidDataException fault = Refused("field_0_", "field_19_", "and 980 more");
        Assert.InRange(fault.Message.Length, 100, 4096);
    }

    [Theory]
    [InlineData("model.layers.2.input_layernorm.weight")]
    [InlineData("model.layers.0.self_attn.q_proj.bias")]
    [InlineData("model.layers.0.self_attn.q_norm.weight")]
    [InlineData("model.layers.0.mlp.gate.weight")]
    [InlineData("score.weight")]
    public void A_weight_that_no_layer_reads_is_refused(string name)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        WriteWeights(TinyArchitecture.Llama, new TinyTensor(name, [s_shape.Hidden], new float[s_shape.Hidden]));
        Refused(Weights, name, "reads");
    }

    [Fact]
    public void Fewer_layers_than_the_file_has_are_refused()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        EditConfig(config => config["num_hidden_layers"] = s_shape.Layers - 1);
        Refused(Weights, "model.layers.1.", "nor 8 more");
    }

    [Theory]
    [InlineData("model.layers.0.self_attn.rotary_emb.inv_freq")]
    [InlineData("model.rotary_emb.inv_freq")]
    [InlineData("lm_head.weight")]
    public void What_follows_from_the_rest_may_stay(string name)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        WriteWeights(TinyArchitecture.Llama, new TinyTensor(name, [s_shape.Hidden], new float[s_shape.Hidden]));
        Load();
    }

    [Fact]
    public void An_untied_model_without_a_head_is_refused()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.LlamaUntied);
        Load();
        WriteWeights(TinyArchitecture.Llama);
        Refused(Weights, "lm_head.weight", "missing");
    }

    [Theory]
    [InlineData("config.json", "{\"vocab_size\": 300, ")]
    [InlineData("tokenizer.json", "{\"normalizer\": null, ")]
    [InlineData("tokenizer_config.json", "{\"bos_token\": \"a\", ")]
    [InlineData("generation_config.json", "{\"eos_token_id\": 1, \"eos_token_id\": 2, ")]
    [InlineData("config.json", "{\"vocab\\u005fsize\": 300, ")]
    [InlineData("config.json", "{\"eos\": [{\"a\": {\"b\": 1, \"b\": 2} }], ", "eos[0].a.b")]
    public void A_field_given_twice_is_refused(string file, string opening, string? named = null)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        string path = _folder.File(file);
        string text = File.Exists(path) ? File.ReadAllText(path) : "{\"x\": 1}";
        File.WriteAllText(path, opening + text[1..]);
        Refused(file, "twice", named ?? opening.Split('"')[1].Replace("\\u005f", "_", StringComparison.Ordinal));
    }

    [Fact]
    public void A_shard_given_twice_is_refused()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        File.Move(_folder.File(Weights), _folder.File("a.safetensors"));
        File.WriteAllText(_folder.File("model.safetensors.index.json"), """{"weight_map": {"x": "a.safetensors", "x": "b.safetensors"}}""");
        Refused("model.safetensors.index.json", "twice");
    }

    [Theory]
    [InlineData("config.json", "{}")]
    [InlineData("tokenizer.json", "\0")]
    [InlineData("tokenizer_config.json", "x")]
    public void Bytes_behind_a_description_are_refused(string file, string more)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        File.AppendAllText(_folder.File(file), more);
        Refused(file, "JSON");
    }

    [Fact]
    public void Bytes_that_belong_to_no_tensor_are_refused()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        byte[] bytes = File.ReadAllBytes(_folder.File(Weights));
        File.WriteAllBytes(_folder.File(Weights), [.. bytes, 0]);
        Refused(Weights, "size", "1 bytes behind the last tensor");
        File.WriteAllBytes(_folder.File(Weights), [.. WithShiftedOffsets(bytes, 4), 0, 0, 0, 0]);
        Refused(Weights, "data_offsets", "leave 4 bytes");
    }

    [Fact]
    public void A_template_that_is_no_text_is_refused()
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        File.WriteAllBytes(_folder.File("chat_template.jinja"), [0x61, 0xff, 0x62]);
        Refused("chat_template.jinja", "UTF-8");
    }

    /// <summary>A request is no place to find out. Under a condition, as in the original, it may never be needed.</summary>
    [Theory]
    [InlineData("{{ messages | no_such }}", "there is no filter 'no_such'")]
    [InlineData("\n{% for m in messages %}{% filter no_such %}{% endfilter %}{% endfor %}", "line 2: there is no filter 'no_such'")]
    [InlineData("{% set x | no_such %}{% endset %}", "there is no filter 'no_such'")]
    [InlineData("{{ 1 if x else 2 }}{{ x is no_such }}{% if x %}{% endif %}", "there is no test 'no_such'")]
    [InlineData("{{ messages | map('no_such') }}", "there is no filter 'no_such'")]
    [InlineData("{{ messages | select('no_such', 1) }}", "there is no test 'no_such'")]
    [InlineData("{{ messages | rejectattr('role', 'no_such') }}", "there is no test 'no_such'")]
    public void A_template_with_a_filter_or_test_that_does_not_exist_is_refused(string template, string problem)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        File.WriteAllText(_folder.File("chat_template.jinja"), template);
        Refused("chat_template", problem);
    }

    [Theory]
    [InlineData("{% if tools %}{{ tools | no_such }}{% elif x %}{% else %}{{ x is no_such }}{% endif %}")]
    [InlineData("{{ tools | no_such if tools is no_such else 2 }}")]
    public void What_stands_under_a_condition_is_refused_when_it_is_needed(string template)
    {
        TinyCheckpoint.Write(_folder.Path, TinyArchitecture.Llama);
        File.WriteAllText(_folder.File("chat_template.jinja"), template);
        using ReferenceBackend backend = new();
        LanguageModel.Load(_folder.Path, backend).Dispose();
    }

    private static byte[] WithShiftedOffsets(byte[] file, int shift)
    {
        int length = (int)BitConverter.ToUInt64(file);
        JsonObject header = JsonNode.Parse(Encoding.UTF8.GetString(file, 8, length))!.AsObject();
        foreach ((_, JsonNode? entry) in header)
        {
            entry!["data_offsets"] = new JsonArray(
                [.. entry["data_offsets"]!.AsArray().Select(offset => (JsonNode)((long)offset! + shift))]);
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. file[(8 + length)..]];
    }

    private void WriteWeights(TinyArchitecture architecture, params TinyTensor[] more) =>
        TinySafetensors.Write(_folder.File(Weights), [.. TinyCheckpoint.Tensors(architecture, s_shape, 1), .. more]);

    private void EditConfig(Action<JsonObject> edit)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!.AsObject();
        edit(config);
        File.WriteAllText(_folder.File("config.json"), config.ToJsonString());
    }

    private InvalidDataException Refused(params string[] words)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(Load);
        Assert.All(words, word => Assert.Contains(word, fault.Message, StringComparison.Ordinal));
        return fault;
    }

    private void Load() => LanguageModel.Load(_folder.Path, _backend, new TransformerLimits(16, 8)).Dispose();
}
