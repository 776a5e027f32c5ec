using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Compute;
using Alignment.Compute.Memory;
using Alignment.Compute.Training;
using Alignment.Models.Configuration;
using Alignment.Training.Checkpoints;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>Writes trained rewards as folders: a head (<c>head_config.json</c>, <c>head.safetensors</c>) or an adapter in PEFT's layout.</summary>
public static class RewardExport
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>A value head of one objective, in f32.</summary>
    public static void WriteValueHead(ValueHeadTrainer trainer, string name, ModelConfig model, string baseModelSha256, string folder)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        JsonObject config = Head("value", name, model, baseModelSha256);
        config["objectives"] = new JsonArray(name);
        Write(folder, "head_config.json", config, "head.safetensors", trainer.Tensors, trainer.Parameters, DType.F32);
    }

    /// <summary>A token-reward head, in bf16.</summary>
    public static void WriteTokenRewardHead(TokenRewardHeadTrainer trainer, string name, ModelConfig model, string baseModelSha256, string folder)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(model);
        JsonObject config = Head("token_reward", name, model, baseModelSha256);
        config["vocab_size"] = model.VocabularySize;
        config["rank"] = trainer.Tensors[0].Shape[0];
        config["activation"] = "silu";
        Write(folder, "head_config.json", config, "head.safetensors", trainer.Tensors, trainer.Parameters, DType.BF16);
    }

    /// <summary>An adapter, in bf16.</summary>
    public static void WriteAdapter(AutoregressiveRewardTrainer trainer, int rank, string baseModel, string baseModelSha256, string folder)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        JsonObject config = new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = baseModel,
            ["base_model_sha256"] = baseModelSha256,
            ["r"] = rank,
            ["lora_alpha"] = AutoregressiveRewardTrainer.Alpha(rank),
            ["lora_dropout"] = 0.0,
            ["bias"] = "none",
            ["target_modules"] = new JsonArray("q_proj", "k_proj", "v_proj", "o_proj"),
        };
        Write(folder, "adapter_config.json", config, "adapter_model.safetensors", trainer.Tensors, trainer.Parameters, DType.BF16);
    }

    private static JsonObject Head(string type, string name, ModelConfig model, string baseModelSha256) => new()
    {
        ["type"] = type,
        ["name"] = name,
        ["hidden_size"] = model.HiddenSize,
        ["base_model_sha256"] = baseModelSha256,
    };

    private static unsafe void Write(string folder, string configFile, JsonObject config, string weightsFile, IReadOnlyList<ParameterTensor> tensors, TrainingBuffer parameters, DType type)
    {
        using NativeBuffer<float> values = parameters.ToHost();
        List<TensorValues> weights = [];
        foreach (ParameterTensor tensor in tensors)
        {
            weights.Add(new TensorValues(tensor.Name, tensor.Shape, type, values.Pointer + tensor.Offset));
        }

        SafetensorsWriter.Write(Path.Combine(folder, weightsFile), weights, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.Write(Path.Combine(folder, configFile), stream => JsonSerializer.Serialize(stream, config, s_indented));
    }
}
