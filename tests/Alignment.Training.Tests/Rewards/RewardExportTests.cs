using System.Text.Json;
using Alignment.Compute.Cpu.Training;
using Alignment.Models.Checkpoints;
using Alignment.Tests;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Adapters;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards;

public sealed class RewardExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuTrainingBackend _backend = new(threads: 1);
    private readonly TrainableTransformer _model;

    private FeatureCache Cache => new(_model, "abc", _folder.File("features"));

    public RewardExportTests() => _model = TinyModel.Create(_backend);

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_value_head_is_a_config_and_two_tensors()
    {
        using ValueHeadTrainer trainer = new(Cache, TinyModel.Data(), new RewardSettings());
        trainer.Parameters.Write(0, [.. Enumerable.Repeat(0.25f, 17)]);
        new RewardExport("kind-value", _model.Config, "abc", _folder.Path).WriteValueHead(trainer);
        JsonElement config = Config("head_config.json");
        Assert.Equal(
            ("value", "kind-value", 16, "abc"),
            (Text(config, "type"), Text(config, "name"), config.GetProperty("hidden_size").GetInt32(), Text(config, "base_model_sha256")));
        using Checkpoint weights = Checkpoint.OpenFile(_folder.File("head.safetensors"), _model.Config);
        Assert.Equal(Enumerable.Repeat(0.25f, 16), weights.ReadNumbers("weight", 1, 16));
        Assert.Equal([0.25f], weights.ReadNumbers("bias", 1, 1));
    }

    [Fact]
    public void A_token_reward_head_keeps_its_shapes()
    {
        using TokenRewardHeadTrainer trainer = new(Cache, [], new RewardSettings { Rank = 5, MaxLength = 8 });
        new RewardExport("kind", _model.Config, "abc", _folder.Path).WriteTokenRewardHead(trainer);
        JsonElement config = Config("head_config.json");
        Assert.Equal(
            ("token_reward", 5, "silu"), (Text(config, "type"), config.GetProperty("rank").GetInt32(), Text(config, "activation")));
        using Checkpoint weights = Checkpoint.OpenFile(_folder.File("head.safetensors"), _model.Config);
        Assert.Equal([5, 16], weights.Shape("down.weight"));
        Assert.Equal([TinyModel.Vocabulary, 5], weights.Shape("up.weight"));
        Assert.Equal([TinyModel.Vocabulary], weights.Shape("bias"));
    }

    [Fact]
    public void An_adapter_has_a_pair_for_every_attention_projection_under_PEFT_s_names()
    {
        using AutoregressiveRewardTrainer trainer = new(_model, [], new RewardSettings { Rank = 2, MaxLength = 8 });
        new RewardExport("kind", _model.Config, "abc", _folder.Path).WriteAdapter(trainer);
        Assert.Equal(
            ("LORA", 2, 4.0),
            (
                Text(Config("adapter_config.json"), "peft_type"),
                Config("adapter_config.json").GetProperty("r").GetInt32(),
                Config("adapter_config.json").GetProperty("lora_alpha").GetDouble()));
        using Checkpoint weights = Checkpoint.OpenFile(_folder.File("adapter_model.safetensors"), _model.Config);
        Assert.Equal(2 * 4 * 2, weights.Names.Count);
        Assert.Equal([2, 16], weights.Shape("base_model.model.model.layers.1.self_attn.o_proj.lora_A.weight"));
        Assert.Equal([8, 2], weights.Shape("base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight"));
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_not_written()
    {
        using ValueHeadTrainer trainer = new(Cache, TinyModel.Data(), new RewardSettings());
        trainer.Parameters.Write(5, [float.NaN]);
        Assert.Throws<DivergenceException>(() => new RewardExport("kind", _model.Config, "abc", _folder.Path).WriteValueHead(trainer));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static string? Text(JsonElement config, string name) => config.GetProperty(name).GetString();

    private JsonElement Config(string file) => JsonDocument.Parse(File.ReadAllText(_folder.File(file))).RootElement;
}
