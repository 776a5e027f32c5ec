using System.Text.Json.Nodes;
using Alignment.Compute.Contract;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Reference;
using Alignment.Models.Checkpoints;
using Alignment.Models.Configuration;
using Alignment.Models.Transformers;
using Alignment.Tests;
using Alignment.Tests.Models;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;
using Alignment.Training.Optimizers;
using Alignment.Training.Tests.Checkpoints;
using Alignment.Training.Transformers;

namespace Alignment.Training.Tests.LanguageModels;

/// <summary>Whole runs: what they learn, that they repeat, stop and go on, and that what they export is what they trained.</summary>
public sealed class LanguageModelRunTests : IDisposable
{
    private const int Steps = 12;

    private static readonly LanguageModelSettings s_settings = new()
    {
        Model = new ModelConfig
        {
            ModelType = "llama",
            VocabularySize = 261,
            HiddenSize = 24,
            IntermediateSize = 40,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 2,
            HeadSize = 6,
            MaxPositions = 256,
            TieWordEmbeddings = true,
            BosTokenId = 256,
            EosTokenIds = [260],
            Rope = new RopeConfig { Scaling = RopeScaling.Llama3, Factor = 8, OriginalMaxPositions = 16 },
        },
        ContextLength = 16,
        FirstBatchSize = 2,
        BatchSize = 5,
        Steps = Steps,
        WarmUpSteps = 2,
        LearningRate = 1e-2,
        CheckpointEvery = 4,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly PackedTokens _data;

    public LanguageModelRunTests()
    {
        _data = Pack(40, "train.bin");
    }

    public static TheoryData<string> Settings => [.. SettingChanges.Of(s_settings).Keys];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_loss_falls_and_threads_do_not_change_a_bit()
    {
        List<double> losses = [];
        float[] one = Train(threads: 1, report: progress => losses.Add(progress.Loss));
        Assert.Equal(one, Train(threads: 2));
        Assert.Equal(one, Train(threads: 3));
        Assert.True(losses[^1] < losses[0] - 0.5, $"from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void A_run_that_was_stopped_and_resumed_is_the_run_that_was_not()
    {
        float[] whole = Train(threads: 2);
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(
            () => Train(threads: 2, "run.state", progress => Stop(progress, 5, stop), cancellation: stop.Token));
        using CancellationTokenSource again = new();
        Assert.Throws<OperationCanceledException>(
            () => Train(threads: 1, "run.state", progress => Stop(progress, 9, again), cancellation: again.Token));
        Assert.Equal(whole, Train(threads: 2, "run.state"));

        static void Stop(TrainingProgress progress, int step, CancellationTokenSource stop)
        {
            if (progress.Step == step)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Sizes 2, 3, 4 and 5 for three updates each, of 16 tokens a sequence.</summary>
    [Fact]
    public void The_tokens_seen_are_counted_as_the_batch_grows()
    {
        List<TrainingProgress> seen = [];
        Train(threads: 1, report: seen.Add);
        int[] sequences = [2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5];
        Assert.Equal(Enumerable.Range(1, Steps).Select(step => 16L * sequences.Take(step).Sum()), seen.Select(step => step.Tokens));
    }

    /// <summary>Otherwise the test of a resumed run would not see that it goes on in the middle of a pass.</summary>
    [Fact]
    public void The_order_of_the_windows_is_the_seeds()
    {
        List<double> losses = [];
        using CpuTrainingBackend training = new(threads: 1);
        foreach (ulong seed in new ulong[] { 1, 2 })
        {
            using TrainableTransformer model = new(s_settings.Model, training);
            model.Initialize(seed: 1);
            using LanguageModelTrainer trainer = new(s_settings with { Seed = seed }, model, _data, _data);
            using CancellationTokenSource stop = new();
            Assert.Throws<OperationCanceledException>(() => trainer.Run(Report, () => { }, stop.Token));

            void Report(TrainingProgress progress)
            {
                losses.Add(progress.Loss);
                stop.Cancel();
            }
        }

        Assert.NotEqual(losses[0], losses[1]);
    }

    [Fact]
    public void Held_out_tokens_are_sampled_at_checkpoints_and_measured_all_at_the_end()
    {
        PackedTokens heldOut = Pack(3000, "heldout.bin"); // 90,000 tokens: more than a sample
        Dictionary<int, MeasuredLoss> measured = [];
        using CpuTrainingBackend training = new(threads: 2);
        using TrainableTransformer model = new(s_settings.Model, training);
        model.Initialize(seed: 1);
        using LanguageModelTrainer trainer = new(s_settings, model, _data, heldOut);
        trainer.Run(
            progress =>
            {
                if (progress.HeldOut is MeasuredLoss loss)
                {
                    measured.Add(progress.Step, loss);
                }
            },
            () => { },
            CancellationToken.None);
        Assert.Equal([4, 8, 12], measured.Keys);
        Assert.Equal(32_768, measured[4].Tokens);
        Assert.Equal(heldOut.Tokens.Length - 1, measured[12].Tokens);

        using LossMeter meter = new(model, s_settings.ContextLength);
        int half = heldOut.Tokens.Length / 2;
        MeasuredLoss first = meter.Measure(heldOut, 0, half);
        MeasuredLoss second = meter.Measure(heldOut, half - 1, heldOut.Tokens.Length);
        Assert.Equal(measured[12].Tokens, first.Tokens + second.Tokens);
        Assert.Equal(measured[12].Mean, (first.Nats + second.Nats) / (first.Tokens + second.Tokens), 0.05); // windows are cut otherwise
    }

    /// <summary>A window's loss is the sum over its documents alone, whatever stands beside them.</summary>
    [Fact]
    public void The_loss_of_a_range_is_what_its_documents_have_alone()
    {
        PackedTokens data = Pack(6, "few.bin");
        using CpuTrainingBackend training = new(threads: 2);
        using TrainableTransformer model = new(s_settings.Model, training);
        model.Initialize(seed: 1);
        model.Refresh();
        using LossMeter meter = new(model, 32);
        double alone = 0;
        for (int start = 0; start < 180; start += 30)
        {
            alone += meter.Measure(data, start, Math.Min(start + 31, 180)).Nats; // with the token that follows the document
        }

        using LossMeter wide = new(model, 180);
        MeasuredLoss together = wide.Measure(data, 0, 180);
        Assert.Equal((179, alone), (together.Tokens, together.Nats), (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-2);
    }

    [Fact]
    public void Tokens_that_do_not_count_teach_nothing()
    {
        LanguageModelSettings settings = s_settings with { Targets = new TargetSpan(255, 254) }; // of which there is none
        float[] drawn = Initial();
        LanguageModelSettings still = settings with { WeightDecay = 0 };
        Assert.Equal(drawn, Train(threads: 1, settings: still));
        Assert.NotEqual(drawn, Train(threads: 1, settings: still with { Targets = new TargetSpan(7, 21) }));
    }

    [Fact]
    public void A_checkpoint_of_another_run_or_a_damaged_one_is_refused()
    {
        Train(threads: 1, "run.state");
        string path = Path.Combine(_folder.Path, "run.state");
        string message = Assert.Throws<InvalidDataException>(() => Train(1, "run.state", settings: s_settings with { LearningRate = 0.02 }))
            .Message;
        Assert.Contains(
            "run.state: belongs to a run with other settings, data or device: learning-rate (0.01, now 0.02);",
            message,
            StringComparison.Ordinal);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        Assert.Throws<InvalidDataException>(() => Train(threads: 1, "run.state"));
        File.WriteAllBytes(path, []);
        Assert.Throws<InvalidDataException>(() => Train(threads: 1, "run.state"));
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_checkpoint_is_refused_by_the_setting_that_changed(string setting)
    {
        using CpuTrainingBackend training = new(threads: 1);
        using TrainableTransformer model = new(s_settings.Model, training);
        using LanguageModelTrainer trainer = new(s_settings, model, _data, _data);
        StateOf("run.state", s_settings, training).Save(trainer);
        RunCheckpoint changed = StateOf("run.state", SettingChanges.Of(s_settings)[setting], training);
        if (setting is "checkpoint-every") // the only one that may
        {
            Assert.True(changed.TryRestore(trainer));
            return;
        }

        string message = Assert.Throws<InvalidDataException>(() => changed.TryRestore(trainer)).Message;
        Assert.Contains($" {setting} (", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_changed_byte_of_a_checkpoint_is_noticed()
    {
        Train(threads: 1, "run.state");
        string path = Path.Combine(_folder.Path, "run.state");
        byte[] good = File.ReadAllBytes(path);
        foreach (int at in new[] { 0, 7, 8, 11, 12, 20, good.Length / 2, good.Length - 33, good.Length - 1 })
        {
            byte[] damaged = [.. good];
            damaged[at] ^= 0x80;
            File.WriteAllBytes(path, damaged);
            Assert.Contains(
                "damaged", Assert.Throws<InvalidDataException>(() => Train(threads: 1, "run.state")).Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(path, good);
        Train(threads: 1, "run.state");
    }

    [Fact]
    public void A_run_that_leaves_the_finite_numbers_stops_before_a_checkpoint()
    {
        LanguageModelSettings wild = s_settings with { LearningRate = 1e38, CheckpointEvery = 1 };
        List<int> steps = [];
        string message = Assert.Throws<DivergenceException>(() => Train(1, "run.state", progress => steps.Add(progress.Step), wild))
            .Message;
        Assert.Contains("diverged", message, StringComparison.Ordinal);
        Assert.True(steps.Count < Steps);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "run.state")));
    }

    [Theory]
    [InlineData("num_hidden_layers", 1024)]
    [InlineData("intermediate_size", 1 << 20)]
    [InlineData("hidden_size", 1 << 20)]
    public void Training_further_allocates_nothing_for_weights_that_are_not_there(string field, int size)
    {
        string folder = Path.Combine(_folder.Path, "model");
        TinyCheckpoint.Write(folder, TinyArchitecture.Llama);
        string path = Path.Combine(folder, "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        config["head_dim"] ??= 10;
        config["intermediate_size"] = 1 << 20;
        config["num_hidden_layers"] = 1024;
        config[field] = size;
        File.WriteAllText(path, config.ToJsonString());
        using CpuTrainingBackend training = new(threads: 1);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        Assert.Contains(
            "model.safetensors",
            Assert.Throws<InvalidDataException>(() => PretrainedWeights.Load(checkpoint, training)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_do_not_fit_the_model_are_refused()
    {
        LanguageModelSettings narrow = s_settings with { Model = s_settings.Model with { VocabularySize = 260, EosTokenIds = [] } };
        Assert.Contains("260", Assert.Throws<InvalidDataException>(() => Train(1, settings: narrow)).Message, StringComparison.Ordinal);
        LanguageModelSettings wide = s_settings with { ContextLength = 5000, Model = s_settings.Model with { MaxPositions = 5000 } };
        Assert.Contains("5000", Assert.Throws<InvalidDataException>(() => Train(1, settings: wide)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exported_model_gives_the_log_probabilities_that_training_saw()
    {
        string folder = Path.Combine(_folder.Path, "export");
        TinyTokenizer.Write(_folder.Path);
        using CpuTrainingBackend training = new(threads: 1);
        using TrainableTransformer model = new(s_settings.Model, training);
        model.Initialize(9);
        model.Refresh();
        ModelExport.Write(model, DType.F32, _folder.Path, folder);
        int[] tokens = [256, 5, 9, 200, 31, 5];
        int[] targets = [.. tokens[1..], 260];
        using TransformerWorker worker = new(model, tokens.Length);
        using SequenceActivations activations = new(model, tokens.Length);
        worker.Forward(tokens, activations);
        float[] trained = new float[tokens.Length];
        worker.LogProbabilities(activations, targets, trained);

        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using ReferenceBackend backend = new();
        using Transformer served = Transformer.Load(checkpoint, backend, new TransformerLimits(16, 8));
        using NaiveDecoder decoder = new(served, 16);
        Assert.All(
            tokens.Select(decoder.Append).Select((scores, i) => scores[targets[i]] - trained[i]),
            difference => Assert.Equal(0, difference, 1e-4));
        Assert.Equal(s_settings.Model.Rope, checkpoint.Config.Rope);
    }

    /// <summary>A full fine-tune starts where the checkpoint stands.</summary>
    [Fact]
    public void Weights_read_back_are_the_weights_written()
    {
        TinyTokenizer.Write(_folder.Path);
        using CpuTrainingBackend training = new(threads: 1);
        using TrainableTransformer model = new(s_settings.Model, training);
        model.Initialize(9);
        ModelExport.Write(model, DType.F32, _folder.Path, Path.Combine(_folder.Path, "export"));
        using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(_folder.Path, "export"));
        using TrainableTransformer read = PretrainedWeights.Load(checkpoint, training);
        Assert.Equal(Values(model), Values(read));
    }

    private float[] Train(
        int threads,
        string? state = null,
        Action<TrainingProgress>? report = null,
        LanguageModelSettings? settings = null,
        CancellationToken cancellation = default)
    {
        settings ??= s_settings;
        using CpuTrainingBackend training = new(threads);
        using TrainableTransformer model = new(settings.Model, training);
        model.Initialize(settings.Seed);
        using LanguageModelTrainer trainer = new(settings, model, _data, _data);
        RunCheckpoint? checkpoint = state is null ? null : StateOf(state, settings, training);
        checkpoint?.TryRestore(trainer);
        trainer.Run(report ?? (_ => { }), () => checkpoint?.Save(trainer), cancellation);
        return Values(model);
    }

    private static float[] Initial()
    {
        using CpuTrainingBackend training = new(threads: 1);
        using TrainableTransformer model = new(s_settings.Model, training);
        model.Initialize(s_settings.Seed);
        return Values(model);
    }

    private PackedTokens Pack(int documents, string name)
    {
        PackedTokensWriter.Write(
            [
                .. Enumerable.Range(0, documents).Select(
                    document => new PackedDocument([.. Enumerable.Range(0, 30).Select(i => (ushort)(((i * 7) + document) % 50))], 0, 30)),
            ],
            ["test"],
            261,
            "",
            _folder.File(name));
        return PackedTokens.Open(_folder.File(name));
    }

    private RunCheckpoint StateOf(string state, LanguageModelSettings settings, CpuTrainingBackend backend) =>
        new(_folder.File(state), RunIdentity.Of(settings, _data.Sha256, backend.DeviceKind));

    private static float[] Values(TrainableTransformer model)
    {
        float[] values = new float[model.Layout.Length];
        model.Values.Read(0, values);
        return values;
    }
}
