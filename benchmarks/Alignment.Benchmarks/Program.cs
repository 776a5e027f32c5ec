using Alignment.Benchmarks.EndToEnd;
using Alignment.Benchmarks.Rewards;
using Alignment.Tests;

var benchmarks = new Dictionary<string, Func<string, Task>>(StringComparer.Ordinal)
{
    ["decode"] = DecodeBenchmark.RunAsync,
    ["rewards"] = RewardBenchmark.RunAsync,
};

if (args is not [var name] || !benchmarks.TryGetValue(name, out Func<string, Task>? run))
{
    await Console.Error.WriteLineAsync($"usage: dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- {string.Join(" | ", benchmarks.Keys)}");
    return 2;
}

await run(Path.Combine(RepositoryPaths.Root, "benchmarks", "results", $"{name}.md"));
return 0;
