using System.Text.Json;
using System.Text.Json.Nodes;
using Alignment.Compute.Contract;
using Alignment.Compute.Memory;
using Alignment.Models.Blueprints;
using Alignment.Models.Configuration;
using Alignment.Rewards.Heads;
using Alignment.Training.Checkpoints;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards.Adapters;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Rewards;

/// <summary>
/// Writes a trained reward's files: a head (<c>head_config.json</c>, <c>head.safetensors</c>) or an adapter in PEFT's layout.
/// </summary>
/// <param name="Name">The reward's name.</param>
/// <param name="Model">Shape of the model that it belongs to.</param>
/// <param name="BaseModelSha256">That model's weights.</param>
/// <param name="Folder">Where the files go.</param>
public sealed record RewardExport(string Name, ModelConfig Model, string BaseModelSha256, string Folder)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private const string HeadConfig = "head_config.json";
    private const string HeadWeights = "head.safetensors";
    private const string AdapterConfig = "adapter_config.json";
    private const string AdapterWeights = "adapter_model.safetensors";

    /// <summary>The files of which every reward has one: a folder without is none.</summary>
    public static IReadOnlyList<string> ConfigFiles { get; } = [HeadConfig, AdapterConfig];

    /// <summary>Every file that a reward may have, its card included.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. ConfigFiles, HeadWeights, AdapterWeights, RewardCard.FileName];

    /// <summary>A value head, in f32: each of its rewards a row. It says so where it was trained to score responses that go on.</summary>
    /// <exception cref="DivergenceException">A number is not finite.</exception>
    public unsafe void WriteValueHead(ValueHeadTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        (IReadOnlyList<string> names, float[] weight, float[] bias) = trainer.Rewards;
        JsonObject config = Head(ValueHead.Type);
        config["objectives"] = new JsonArray([.. names.Select(name => (JsonNode)(name.Length > 0 ? name : Name))]);
        if (trainer.ScoresPrefixes)
        {
            config["reads"] = HeadReads.LastToken;
        }

        fixed (float* weights = weight, biases = bias)
        {
            Write(
                HeadConfig,
                config,
                HeadWeights,
                [
                    new TensorValues("weight", [names.Count, Model.HiddenSize], DType.F32, weights),
                    new TensorValues("bias", [names.Count], DType.F32, biases),
                ],
                trainer.Optimizer.Steps);
        }
    }

    /// <summary>A token-reward head, in bf16.</summary>
    /// <exception cref="DivergenceException">A number is not finite.</exception>
    public void WriteTokenRewardHead(IRewardTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        JsonObject config = Head("token_reward");
        config["vocab_size"] = Model.VocabularySize;
        config["rank"] = trainer.Tensors[0].Shape[0];
        config["activation"] = "silu";
        WriteHead(config, trainer, DType.Bf16);
    }

    /// <summary>An adapter, in bf16.</summary>
    /// <exception cref="DivergenceException">A number is not finite.</exception>
    public void WriteAdapter(IRewardTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        int rank = trainer.Tensors[0].Shape[0];
        JsonObject config = new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = Model.ModelType,
            ["base_model_sha256"] = BaseModelSha256,
            ["r"] = rank,
            ["lora_alpha"] = AutoregressiveRewardTrainer.Alpha(rank),
            ["lora_dropout"] = 0.0,
            ["bias"] = "none",
            ["target_modules"] = new JsonArray([.. LoraAdapter.Targets.Select(role => (JsonNode)TransformerBlueprint.TargetModule(role))]),
        };
        Write(AdapterConfig, config, AdapterWeights, trainer, DType.Bf16);
    }

    private JsonObject Head(string type) => new()
    {
        ["type"] = type,
        ["name"] = Name,
        ["hidden_size"] = Model.HiddenSize,
        ["base_model_sha256"] = BaseModelSha256,
    };

    private void WriteHead(JsonObject config, IRewardTrainer trainer, DType type) =>
        Write(HeadConfig, config, HeadWeights, trainer, type);

    private unsafe void Write(string configFile, JsonObject config, string weightsFile, IRewardTrainer trainer, DType type)
    {
        using NativeBuffer<float> values = trainer.Parameters.ToHost();
        TensorValues[] weights =
        [
            .. trainer.Tensors.Select(tensor => new TensorValues(tensor.Name, tensor.Shape, type, values.Pointer + tensor.Offset)),
        ];
        Write(configFile, config, weightsFile, weights, trainer.Optimizer.Steps);
    }

    private void Write(string configFile, JsonObject config, string weightsFile, IReadOnlyList<TensorValues> weights, int steps)
    {
        foreach (TensorValues tensor in weights)
        {
            DivergenceException.ThrowIfNotFinite(tensor.Worst, tensor.Name, steps);
        }

        SafetensorsWriter.Write(Path.Combine(Folder, weightsFile), weights, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.Write(Path.Combine(Folder, configFile), stream => JsonSerializer.Serialize(stream, config, s_indented));
    }
}
