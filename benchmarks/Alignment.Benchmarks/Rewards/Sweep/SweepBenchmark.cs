using System.Diagnostics;
using System.Globalization;
using Alignment.Benchmarks.Results;
using Alignment.Compute.Cpu.Training;
using Alignment.Models.Checkpoints;
using Alignment.Models.Tokenization;
using Alignment.Tests;
using Alignment.Training.Data;
using Alignment.Training.Data.Packing;
using Alignment.Training.Evaluation;
using Alignment.Training.Rewards.Examples;
using Alignment.Training.Rewards.Features;
using Alignment.Training.Transformers;

namespace Alignment.Benchmarks.Rewards.Sweep;

/// <summary>
/// Which features, objectives and weights make the best value head, cross-fitted over the prompts of pairs that people compared: all over
/// hidden states that are computed once.
/// </summary>
internal static class SweepBenchmark
{
    private const int MostPairs = 1600;
    private const int MaxLength = 512;

    public static Task RunAsync(string resultPath)
    {
        string folder = Path.Combine(RepositoryPaths.Root, "models", "tiny-chat");
        using Tokenizer tokenizer = Tokenizer.Load(folder);
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        using CpuTrainingBackend backend = new(Environment.ProcessorCount);
        using TrainableTransformer model = PretrainedWeights.Load(checkpoint, backend);
        FeatureCache cache = new(model, checkpoint.WeightsSha256, Path.Combine(RepositoryPaths.Root, "artifacts", "features"));
        var table = new ResultTable(
            "Value heads over cached features", "dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- sweep");
        table.AddLine($"tiny-chat {checkpoint.WeightsSha256[..10]}; at most {MostPairs} pairs an objective, all of which people compared.");
        table.AddLine($"Every pair by a head that has not seen its prompt ({SweepPairs.Folds} folds); intervals by bootstrap of prompts.");
        table.AddRow("objective", "features", "learned by", "pairs", "accuracy", "balanced", "matched", "Spearman with length", "s");
        foreach (string objective in new[] { "helpful", "harmless" })
        {
            SweepPairs pairs = new(Read(folder, objective, new ChatEncoder(tokenizer)));
            long start = Stopwatch.GetTimestamp();
            using FeatureTable layers = cache.Read(pairs.Responses, new LayerReading(), CancellationToken.None);
            using FeatureTable prefixes = cache.Read(pairs.Responses, new StateReading(ResponsePositions.All), CancellationToken.None);
            using FeatureTable likelihoods = cache.Read(pairs.Responses, new LogProbabilityReading(), CancellationToken.None);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            table.AddLine($"{objective}: features of {pairs.Pairs.Count} pairs in {seconds:F1} s (from the cache where it has them).");
            SweepSubject subject = new(pairs, layers, prefixes, likelihoods, model.Config, tokenizer);
            foreach (SweepCase each in subject.Cases())
            {
                AddRow(objective, each, pairs, table);
            }

            table.AddLine($"{objective}, prefixes of 25, 50, 75 and 100 %: {subject.Prefixes()}.");
        }

        table.Write(resultPath);
        return Task.CompletedTask;
    }

    private static void AddRow(string objective, SweepCase each, SweepPairs pairs, ResultTable table)
    {
        long start = Stopwatch.GetTimestamp();
        PairFigures figures = pairs.Figures(each.Margins());
        table.AddRow(
            objective,
            each.Features,
            each.Objective,
            figures.Pairs.ToString(CultureInfo.InvariantCulture),
            Text(figures.Accuracy),
            Text(figures.Balanced),
            Text(figures.Matched),
            figures.SpearmanLength?.ToString("+0.00;-0.00", CultureInfo.InvariantCulture) ?? "–",
            Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture));
        Console.Error.WriteLine($"{objective}: {each.Features}, {each.Objective} done");
    }

    private static string Text(Estimate? estimate) => estimate is null ? "–" : string.Create(
        CultureInfo.InvariantCulture, $"{estimate.Value:F3} ({estimate.Low:F2}-{estimate.High:F2})");

    private static RewardExample[] Read(string folder, string objective, ChatEncoder encoder)
    {
        DataMix mix = DataMix.Load(Path.Combine(folder, $"{objective}-mix.json"), RepositoryPaths.SharedData);
        RewardData data = RewardData.Read(mix, _ => true, encoder, MaxLength);
        RewardExample[] compared = [.. data.Training.Concat(data.HeldOut).Where(pair => !pair.Texts.IsBorrowed)];
        SeededOrder.Shuffle<RewardExample>(compared, seed: 1);
        return compared[..Math.Min(MostPairs, compared.Length)];
    }
}
