using Alignment.Compute.Contract.Training;
using Alignment.Compute.Cpu.Training;
using Alignment.Compute.Cuda.Training;
using Alignment.Compute.Memory;
using Alignment.Compute.Tests.Cpu;
using Alignment.Tests;
using Alignment.Training.Checkpoints;
using Alignment.Training.Data.Packing;
using Alignment.Training.LanguageModels;
using Alignment.Training.Rewards.Adapters;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Rewards.Heads;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Tests.Rewards;
using Alignment.Training.Transformers;

namespace Alignment.Compute.Cuda.Tests.Training;

/// <summary>The trainers themselves on the device and on the host: the same losses, the same gradients, and twice the same bits.</summary>
[Collection(nameof(TestDevice))]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [CudaTheory]
    [InlineData("llama"), InlineData("qwen2"), InlineData("qwen3"), InlineData("llama", 5)]
    public void A_models_gradient_is_the_one_of_the_host(string type, params int[] furtherDocuments)
    {
        int[] starts = [0, .. furtherDocuments];
        using CpuTrainingBackend cpu = new(threads: 1);
        using CudaTrainingBackend cuda = new();
        Inputs.AssertClose(Gradient(cpu, type, starts), Gradient(cuda, type, starts), 1e-4);
    }

    [CudaFact]
    public void An_autoregressive_reward_learns_as_on_the_host()
    {
        using CpuTrainingBackend cpu = new(threads: 2);
        using CudaTrainingBackend cuda = new();
        float[] device = TrainReward(cuda);
        Inputs.AssertClose(TrainReward(cpu), device, 1e-4);
        Assert.Equal(device, TrainReward(cuda));
    }

    [CudaFact]
    public void A_language_model_learns_as_on_the_host_and_goes_on_from_its_checkpoint()
    {
        using CpuTrainingBackend cpu = new(threads: 2);
        using CudaTrainingBackend cuda = new();
        float[] whole = TrainLanguageModel(cuda, stopAfter: int.MaxValue);
        Inputs.AssertClose(TrainLanguageModel(cpu, stopAfter: int.MaxValue), whole, 1e-3);
        float[] begun = TrainLanguageModel(cuda, stopAfter: 2, "run.state");
        float[] resumed = TrainLanguageModel(cuda, stopAfter: int.MaxValue, "run.state");
        Assert.Equal(whole, begun.Concat(resumed));
    }

    /// <summary>
    /// Loosely: at first the gradients of the biases of tokens in neither response cancel but for rounding, which AdamW's division by their
    /// size turns into steps.
    /// </summary>
    [CudaFact]
    public void A_token_reward_head_learns_as_on_the_host()
    {
        using CpuTrainingBackend cpu = new(threads: 2);
        using CudaTrainingBackend cuda = new();
        Inputs.AssertClose(TrainTokenRewardHead(cpu), TrainTokenRewardHead(cuda), 5e-3);
    }

    [CudaFact]
    public void A_value_head_reads_the_devices_hidden_states()
    {
        using CpuTrainingBackend cpu = new(threads: 1);
        using CudaTrainingBackend cuda = new();
        Inputs.AssertClose(TrainValueHead(cpu), TrainValueHead(cuda), 1e-4);
    }

    private static float[] Gradient(ITrainingBackend backend, string type, int[] starts)
    {
        int[] tokens = [3, 7, 1, 1, 20, 4, 9, 0, 15, 2, 7];
        int[] targets = [.. tokens[1..], 5];
        using TrainableTransformer model = TinyModel.Create(backend, type);
        using TransformerWorker worker = new(model, tokens.Length);
        using SequenceActivations activations = new(model, tokens.Length);
        using TrainingBuffer sum = backend.Allocate(model.Layout.Length);
        worker.Forward(tokens, starts, activations);
        double loss = worker.Backward(tokens, targets, [1, 1, 0, 1, 0.5f, 1, 1, -0.5f, 1, 1, 1], activations, sum);
        using NativeBuffer<float> gradients = sum.ToHost();
        return [(float)loss, .. gradients.Span];
    }

    /// <summary>Losses and margins.</summary>
    private static float[] TrainReward(ITrainingBackend backend)
    {
        List<double> numbers = [];
        RewardExample[] pairs = TinyModel.Pairs(16, seed: 1, good: 7, bad: 11);
        using TrainableTransformer model = TinyModel.Create(backend);
        using AutoregressiveRewardTrainer trainer = new(
            model, pairs, new RewardSettings { Epochs = 2, BatchSize = 4, LearningRate = 0.02, Rank = 3, MaxLength = 16 });
        trainer.Train(progress => numbers.Add(progress.Loss), () => { }, CancellationToken.None);
        numbers.AddRange(trainer.Evaluate(pairs, CancellationToken.None).Select(result => result.Margin));
        Assert.True(numbers[7] < numbers[0], "nothing was learned");
        return [.. numbers.Select(number => (float)number)];
    }

    /// <summary>Losses and norms of the steps from where the checkpoint stands.</summary>
    private float[] TrainLanguageModel(ITrainingBackend backend, int stopAfter, string? state = null)
    {
        const int Vocabulary = 24;
        string path = _folder.File("train.bin");
        PackedTokensWriter.Write(
            [
                .. Enumerable.Range(0, 20).Select(
                    document => new PackedDocument(
                        [.. Enumerable.Range(0, 30).Select(i => (ushort)(((i * 7) + document) % Vocabulary))], 0, 30)),
            ],
            ["test"],
            Vocabulary,
            "",
            path);
        PackedTokens data = PackedTokens.Open(path);
        List<double> numbers = [];
        using CancellationTokenSource stop = new();
        using TrainableTransformer model = TinyModel.Create(backend);
        LanguageModelSettings settings = new()
        {
            Model = model.Config,
            ContextLength = 11,
            BatchSize = 3,
            Steps = 5,
            WarmUpSteps = 1,
            LearningRate = 1e-2,
            CheckpointEvery = 5,
        };
        using LanguageModelTrainer trainer = new(settings, model, data, data);
        RunIdentity identity = RunIdentity.Of(settings, data.Sha256, backend.DeviceKind);
        RunCheckpoint? checkpoint = state is null ? null : new(_folder.File(state), identity);
        checkpoint?.TryRestore(trainer);
        try
        {
            trainer.Run(Report, () => checkpoint?.Save(trainer), stop.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Equal(stopAfter, trainer.Optimizer.Steps);
        }

        return [.. numbers.Select(number => (float)number)];

        void Report(TrainingProgress progress)
        {
            numbers.AddRange([progress.Loss, progress.GradientNorm]);
            if (progress.Step == stopAfter)
            {
                stop.Cancel();
            }
        }
    }

    private float[] TrainTokenRewardHead(ITrainingBackend backend)
    {
        List<double> numbers = [];
        RewardExample[] pairs = TinyModel.Pairs(16, seed: 1, good: 7, bad: 11);
        using TrainableTransformer model = TinyModel.Create(backend);
        using TokenRewardHeadTrainer trainer = new(
            Cache(model), pairs, new RewardSettings { Epochs = 2, BatchSize = 4, LearningRate = 0.02, Rank = 5, MaxLength = 16 });
        trainer.Train(progress => numbers.Add(progress.Loss), () => { }, CancellationToken.None);
        numbers.AddRange(trainer.Evaluate(pairs, CancellationToken.None).Select(result => result.Margin));
        return [.. numbers.Select(number => (float)number)];
    }

    private FeatureCache Cache(TrainableTransformer model) => new(model, "abc", _folder.File($"{Guid.NewGuid()}"));

    private float[] TrainValueHead(ITrainingBackend backend)
    {
        RewardExample[] pairs = TinyModel.Pairs(16, seed: 1, good: 7, bad: 11);
        using TrainableTransformer model = TinyModel.Create(backend);
        using ValueHeadTrainer trainer = new(
            Cache(model), TinyModel.Data(pairs), new RewardSettings { Epochs = 2, BatchSize = 4, LearningRate = 0.02 });
        trainer.Train(_ => { }, () => { }, CancellationToken.None);
        return [.. trainer.Evaluate(pairs, CancellationToken.None).Select(result => (float)result.Margin)];
    }
}
