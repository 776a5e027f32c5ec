using Alignment.Compute.Cpu.Training;
using Alignment.Models.Checkpoints;
using Alignment.Models.Tokenization;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Rewards;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Trainers;
using Alignment.Training.Transformers;

namespace Alignment.Benchmarks.Rewards;

/// <summary>
/// Trains what the benchmark compares: tiny-chat's rewards on half A of the prompts and their judges on half B with another seed, so that a
/// judge scores what the rewards did not optimise.
/// </summary>
internal static class RewardTraining
{
    private static readonly (string Folder, string Objective, RewardKind Kind, DataPart Half, ulong Seed)[] s_rewards =
    [
        .. new[] { "helpful", "harmless" }.SelectMany(objective => new[]
        {
            ($"models/tiny-chat/heads/{objective}-value", objective, RewardKind.ValueHead, DataPart.A, 1ul),
            ($"models/tiny-chat/heads/{objective}", objective, RewardKind.TokenRewardHead, DataPart.A, 1ul),
            ($"models/tiny-chat/adapters/{objective}-arm", objective, RewardKind.Adapter, DataPart.A, 1ul),
            ($"benchmarks/judges/heads/{objective}", objective, RewardKind.ValueHead, DataPart.B, 2ul),
        }),
    ];

    /// <summary>The folders that can be trained.</summary>
    public static IEnumerable<string> Folders => s_rewards.Select(reward => reward.Folder);

    /// <summary>Trains one of <see cref="Folders"/> again; a run that was killed is resumed.</summary>
    public static void Run(string folder)
    {
        (_, string objective, RewardKind kind, DataPart half, ulong seed) = s_rewards.Single(reward => reward.Folder == folder);
        string modelFolder = Path.Combine(RepositoryPaths.Root, "models", "tiny-chat");
        using Tokenizer tokenizer = Tokenizer.Load(modelFolder);
        using Checkpoint checkpoint = Checkpoint.Open(modelFolder);
        using CpuTrainingBackend backend = new(Environment.ProcessorCount);
        using TrainableTransformer model = PretrainedWeights.Load(checkpoint, backend);

        // Else most of what a head learns is length: the sweep.
        RewardSettings settings = kind.Defaults with { Seed = seed, BalanceLengths = kind == RewardKind.ValueHead };
        DataMix mix = DataMix.Load(Path.Combine(modelFolder, $"{objective}-mix.json"), RepositoryPaths.SharedData);
        RewardData data = RewardData.Read(mix, part => part == half, new ChatEncoder(tokenizer), settings.MaxLength);
        RewardFolder output = new(Path.Combine(RepositoryPaths.Root, folder));
        string command = $"dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- train {folder}";
        RewardCard card = new(
            output.Name, kind, command, checkpoint.WeightsSha256, $"half {half} of the prompts that are not held out", "cc-by-sa-4.0");
        new RewardRun(card, settings, data, output)
            .Run(model, (_, _) => { }, step => Console.WriteLine($"resumed at step {step}"), Report, CancellationToken.None);
    }

    private static void Report(RewardProgress progress)
    {
        if (progress.Step % 100 == 0 || progress.Step == progress.Steps)
        {
            FormattableString line = $"step {progress.Step}/{progress.Steps}  loss {progress.Loss:F4}  accuracy {progress.Accuracy:F3}";
            Console.WriteLine(FormattableString.Invariant(line));
        }
    }
}
