using Alignment.Compute.Cpu.Training;
using Alignment.Tests;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data;
using Alignment.Training.Optimizers;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Tests.Checkpoints;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.Rewards;

/// <summary>A reward from its pairs to its folder: stopped, resumed, refused, diverged, replaced.</summary>
public sealed class RewardRunTests : IDisposable
{
    private static readonly RewardSettings s_settings = new()
    {
        Epochs = 4,
        BatchSize = 8,
        LearningRate = 0.02,
        Rank = 4,
        MaxLength = 32,
        CheckpointEvery = 3,
        LengthPenalty = 0.1,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CpuTrainingBackend _backend = new(threads: 2);
    private readonly RewardData _data = new(
        new DataMix([new MixSource("test", License: "MIT")]), TinyModel.Pairs(30, 1, 7, 11), TinyModel.Pairs(10, 2, 7, 11), []);

    public static TheoryData<string> Kinds =>
        [.. new[] { RewardKind.ValueHead, RewardKind.TokenRewardHead, RewardKind.Adapter }.Select(kind => kind.Name)];

    public static TheoryData<string> Settings => [.. SettingChanges.Of(s_settings).Keys];

    public void Dispose()
    {
        _backend.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_that_was_stopped_anywhere_and_resumed_ends_with_the_same_bytes(string kind)
    {
        Run(kind, "heads/whole");
        foreach (int step in new[] { 1, 4, 11 })
        {
            Assert.Throws<OperationCanceledException>(() => Run(kind, "heads/part", stopAt: step));
            Assert.Equal([".part.run", "whole"], Folders());
            Assert.Equal(step, Run(kind, "heads/part"));
            Assert.Equal(["part", "whole"], Folders());
            Assert.Equal(File.ReadAllBytes(Weights("heads/whole")), File.ReadAllBytes(Weights("heads/part")));
            Directory.Delete(_folder.File("heads/part"), recursive: true);
        }
    }

    [Fact]
    public void Other_settings_data_kinds_or_models_are_refused_by_name()
    {
        Assert.Throws<OperationCanceledException>(() => Run("value-head", "heads/part", stopAt: 4));
        Assert.Contains(
            "settings.learning-rate (0.02, now 0.03), settings.seed (1, now 2);",
            Assert.Throws<InvalidDataException>(() => Run("value-head", "heads/part", s_settings with { LearningRate = 0.03, Seed = 2 }))
                .Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "kind (value-head, now token-reward-head)",
            Assert.Throws<InvalidDataException>(() => Run("token-reward-head", "heads/part")).Message,
            StringComparison.Ordinal);
        RewardData other = _data with { Training = [.. _data.Training.Reverse()] };
        Assert.Contains(
            "other settings, data or device: data (",
            Assert.Throws<InvalidDataException>(() => Run("value-head", "heads/part", data: other)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "device: model (abc, now abd);",
            Assert.Throws<InvalidDataException>(() => Run("value-head", "heads/part", modelSha256: "abd")).Message,
            StringComparison.Ordinal);
        Assert.Equal(4, Run("value-head", "heads/part"));
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_resume_is_refused_by_the_setting_that_changed(string setting)
    {
        RewardSettings changed = SettingChanges.Of(s_settings)[setting];
        Assert.Throws<OperationCanceledException>(() => Run("value-head", "heads/part", stopAt: 1));
        if (setting is "checkpoint-every") // the only one that may
        {
            Assert.Equal(1, Run("value-head", "heads/part", changed));
            return;
        }

        string message = Assert.Throws<InvalidDataException>(() => Run("value-head", "heads/part", changed)).Message;
        Assert.Contains($" settings.{setting} (", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_begun_on_another_kind_of_device_is_refused()
    {
        RewardKind kind = RewardKind.ValueHead;
        var reward = new { Kind = kind.Name, Model = "abc", Settings = s_settings };
        using TrainableTransformer model = TinyModel.Create(_backend);
        using IRewardTrainer trainer = kind.CreateTrainer(new FeatureCache(model, "abc", _folder.Path), _data, s_settings);
        RunIdentity begun = RunIdentity.Of(reward, _data.Sha256, "cuda");
        new RunCheckpoint(new RewardFolder(_folder.File("heads/part")).State, begun).Save(trainer);
        Assert.Contains(
            "device: device (cuda, now cpu);",
            Assert.Throws<InvalidDataException>(() => Run(kind.Name, "heads/part")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_run_that_diverges_leaves_nothing(string kind)
    {
        Assert.Contains(
            "diverged",
            Assert.Throws<DivergenceException>(() => Run(kind, "heads/part", s_settings with { LearningRate = 1e38, CheckpointEvery = 1 }))
                .Message,
            StringComparison.Ordinal);
        Assert.True(!Directory.Exists(_folder.File("heads")) || Folders().Length == 0);
    }

    [Fact]
    public void A_finished_reward_replaces_the_one_before_as_a_whole()
    {
        Run("token-reward-head", "heads/part");
        Run("arm", "heads/part");
        Assert.Equal(
            ["README.md", "adapter_config.json", "adapter_model.safetensors"],
            Directory.GetFiles(_folder.File("heads/part")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_with_anything_else_is_refused_and_kept()
    {
        Directory.CreateDirectory(_folder.File("heads/thesis"));
        File.WriteAllText(_folder.File("heads/thesis/chapter1.tex"), "words");
        Assert.Contains(
            "chapter1.tex",
            Assert.Throws<InvalidDataException>(() => new RewardFolder(_folder.File("heads/thesis"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => new RewardFolder("/"));
        Assert.Throws<InvalidDataException>(() => new RewardFolder(_folder.File("heads/.hidden")));

        // A name that rewards have too makes no reward of it.
        Directory.CreateDirectory(_folder.File("heads/notes"));
        File.WriteAllText(_folder.File("heads/notes/README.md"), "words");
        Assert.Contains("README.md", Refusal("heads/notes"), StringComparison.Ordinal);
        Assert.Equal("words", File.ReadAllText(_folder.File("heads/notes/README.md")));
    }

    [Fact]
    public void What_cannot_be_replaced_or_kept_is_refused_before_the_work()
    {
        Directory.CreateDirectory(_folder.File("heads"));
        File.WriteAllText(_folder.File("heads/.blocked.run"), "");
        Assert.Contains(".blocked.run: is a file", Refusal("heads/blocked"), StringComparison.Ordinal);
        Directory.CreateSymbolicLink(_folder.File("heads/.linked.run"), _folder.Path);
        Assert.Contains(".linked.run: is a link", Refusal("heads/linked"), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("heads/file"), "");
        Assert.Contains("is a file", Refusal("heads/file"), StringComparison.Ordinal);
        Assert.Contains("is a mount point", Refusal("/proc"), StringComparison.Ordinal);
    }

    private string Refusal(string place) =>
        Assert.Throws<InvalidDataException>(() => new RewardFolder(_folder.File(place))).Message;

    private string[] Folders() =>
        [.. Directory.GetDirectories(_folder.File("heads")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    private string Weights(string folder) => Directory.GetFiles(_folder.File(folder), "*.safetensors").Single();

    /// <summary>Returns the step that it resumed at.</summary>
    private int Run(
        string kind, string place, RewardSettings? settings = null, RewardData? data = null, int stopAt = -1, string modelSha256 = "abc")
    {
        using TrainableTransformer model = TinyModel.Create(_backend);
        using CancellationTokenSource stop = new();
        RewardKind ofKind = new[]
        {
            RewardKind.ValueHead,
            RewardKind.TokenRewardHead,
            RewardKind.Adapter,
        }.Single(known => known.Name == kind);
        RewardFolder folder = new(_folder.File(place));
        int resumed = 0;
        RewardCard card = new(folder.Name, ofKind, "the command", modelSha256, "all prompts", License: null);
        new RewardRun(card, settings ?? s_settings, data ?? _data, folder).Run(
            model, (_, _) => { }, step => resumed = step, Report, stop.Token);
        return resumed;

        void Report(RewardProgress progress)
        {
            if (progress.Step == stopAt)
            {
                stop.Cancel();
            }
        }
    }
}
