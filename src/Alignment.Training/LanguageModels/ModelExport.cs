using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Compute.Contract;
using Alignment.Compute.Memory;
using Alignment.Models.Configuration;
using Alignment.Training.Checkpoints;
using Alignment.Training.Transformers;

namespace Alignment.Training.LanguageModels;

/// <summary>Writes a trained model as a Hugging Face folder that any other tool can load.</summary>
public static class ModelExport
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private const string Weights = "model.safetensors";
    private const string ConfigFile = "config.json";
    private const string GenerationFile = "generation_config.json";

    private static readonly string[] s_tokenizerFiles = ["tokenizer.json", "tokenizer_config.json"];

    /// <summary>Every file that is written.</summary>
    public static IReadOnlyList<string> Files { get; } = [Weights, ConfigFile, GenerationFile, .. s_tokenizerFiles];

    /// <summary>Writes config.json, generation_config.json, model.safetensors and a copy of the tokenizer.</summary>
    /// <param name="model">Weights in f32.</param>
    /// <param name="type">How they are stored.</param>
    /// <param name="tokenizerFolder">Where tokenizer.json and tokenizer_config.json are.</param>
    /// <param name="folder">Made where it does not exist; every file is replaced as a whole.</param>
    public static void Write(TrainableTransformer model, DType type, string tokenizerFolder, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        using NativeBuffer<float> values = model.Values.ToHost();
        SafetensorsWriter.Write(
            Path.Combine(folder, Weights),
            Tensors(model.Layout, type, values),
            new Dictionary<string, string> { ["format"] = "pt" });
        WriteJson(Path.Combine(folder, ConfigFile), Config(model.Config, type));
        WriteJson(Path.Combine(folder, GenerationFile), GenerationConfig(model.Config));
        foreach (string file in s_tokenizerFiles)
        {
            AtomicFile.Write(Path.Combine(folder, file), stream => stream.Write(File.ReadAllBytes(Path.Combine(tokenizerFolder, file))));
        }
    }

    private static unsafe List<TensorValues> Tensors(ParameterLayout layout, DType type, NativeBuffer<float> values) => layout.Tensors
        .Select(tensor => new TensorValues(tensor.Name, tensor.Shape, type, values.Pointer + tensor.Offset)).ToList();

    private static JsonObject Config(ModelConfig config, DType type) => new()
    {
        ["architectures"] = new JsonArray(Architecture(config.ModelType)),
        ["model_type"] = config.ModelType,
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["num_key_value_heads"] = config.KeyValueHeads,
        ["head_dim"] = config.HeadSize,
        ["hidden_act"] = "silu",
        ["max_position_embeddings"] = config.MaxPositions,
        ["rms_norm_eps"] = config.RmsNormEpsilon,
        ["rope_theta"] = config.Rope.Theta,
        ["rope_scaling"] = Scaling(config.Rope),
        ["attention_bias"] = config.AttentionBias,
        ["tie_word_embeddings"] = config.TieWordEmbeddings,
        ["bos_token_id"] = config.BosTokenId,
        ["eos_token_id"] = EndTokens(config),
        ["torch_dtype"] = type == DType.F32 ? "float32" : "bfloat16",
    };

    private static JsonObject? Scaling(RopeConfig rope) => rope.Scaling switch
    {
        RopeScaling.Linear => new() { ["rope_type"] = "linear", ["factor"] = rope.Factor },
        RopeScaling.Llama3 => new()
        {
            ["rope_type"] = "llama3",
            ["factor"] = rope.Factor,
            ["low_freq_factor"] = rope.LowFrequencyFactor,
            ["high_freq_factor"] = rope.HighFrequencyFactor,
            ["original_max_position_embeddings"] = rope.OriginalMaxPositions,
        },
        _ => null,
    };

    private static JsonObject GenerationConfig(ModelConfig config) => new()
    {
        ["bos_token_id"] = config.BosTokenId,
        ["eos_token_id"] = EndTokens(config),
    };

    private static JsonArray EndTokens(ModelConfig config) => new(config.EosTokenIds.Select(id => (JsonNode)id).ToArray());

    private static string Architecture(string modelType) => modelType switch
    {
        "mistral" => "MistralForCausalLM",
        "qwen2" => "Qwen2ForCausalLM",
        "qwen3" => "Qwen3ForCausalLM",
        _ => "LlamaForCausalLM",
    };

    private static void WriteJson(string path, JsonObject json) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, json, s_indented));
}
