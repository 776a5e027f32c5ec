using Alignment.Benchmarks.EndToEnd;
using Alignment.Benchmarks.Rewards;
using Alignment.Benchmarks.Rewards.Sweep;
using Alignment.Benchmarks.Scheduling;
using Alignment.Benchmarks.Training;
using Alignment.Tests;

var benchmarks = new Dictionary<string, Func<string, Task>>(StringComparer.Ordinal)
{
    ["decode"] = DecodeBenchmark.RunAsync,
    ["rewards"] = RewardBenchmark.RunAsync,
    ["scheduling"] = SchedulingBenchmark.RunAsync,
    ["sweep"] = SweepBenchmark.RunAsync,
    ["training"] = TrainingBenchmark.RunAsync,
};

switch (args)
{
    case ["train", var folder] when RewardTraining.Folders.Contains(folder):
        RewardTraining.Run(folder);
        return 0;
    case [var name] when benchmarks.TryGetValue(name, out Func<string, Task>? run):
        await run(Path.Combine(RepositoryPaths.Root, "benchmarks", "results", $"{name}.md"));
        return 0;
    default:
        string names = string.Join(" | ", benchmarks.Keys);
        await Console.Error.WriteLineAsync(
            $"usage: dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- {names} | train FOLDER");
        await Console.Error.WriteLineAsync($"FOLDER: {string.Join(", ", RewardTraining.Folders)}");
        return 2;
}
