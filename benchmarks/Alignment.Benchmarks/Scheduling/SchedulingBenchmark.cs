using System.Diagnostics;
using System.Globalization;
using Alignment.Benchmarks.EndToEnd;
using Alignment.Benchmarks.Results;
using Alignment.Inference;

namespace Alignment.Benchmarks.Scheduling;

/// <summary>
/// What requests wait for each other: short prompts behind a long one, and a short request beside searches that want more pages than there
/// are.
/// </summary>
internal static class SchedulingBenchmark
{
    private const int Threads = 2;
    private const int Rounds = 8;
    private const int ShortOnes = 9;
    private const int ShortPrompt = 20;
    private const int LongPrompt = 16_384;
    private const int Clients = 8;
    private const int Candidates = 8;
    private const int Tokens = 600;
    private const int Pages = 1024;

    /// <summary>What a server sets aside for clients who name no length.</summary>
    private const int Ordinary = 256;

    public static async Task RunAsync(string resultPath)
    {
        string folder = Directory.CreateTempSubdirectory("alignment-scheduling-").FullName;
        try
        {
            SyntheticModel.WriteModel(folder, SchedulingSubject.Shape);
            var table = new ResultTable(
                "Waiting for others: the shape of tiny-chat, bf16, 32,768 positions", "dotnet run -c Release --project "
                + "benchmarks/Alignment.Benchmarks -- scheduling");
            table.AddLine($"First token of prompts of {ShortPrompt} tokens, alone and while one of {LongPrompt} is computed: {Rounds} rounds of {ShortOnes} each, in turns; the ratio is of medians within a round, rounds begin at depths that are spread over the long one.");
            table.AddLine($"Requests of 4 tokens, one a second, beside {Clients} searches of {Candidates} candidates of {Tokens} tokens, in a cache of {Pages} pages, of which as many are set aside as they can need, or as answers of {Ordinary} tokens do: for clients who name no length.");
            table.AddRow("case", "median ms", "ratio to alone (median, min-max)", "preemptions", "tokens computed again", "target");
            await FirstTokensAsync(folder, table);
            await CrowdAsync(folder, Tokens, table);
            await CrowdAsync(folder, Ordinary, table);
            table.Write(resultPath);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FirstTokensAsync(string folder, ResultTable table)
    {
        await using var subject = new SchedulingSubject(folder, new EngineOptions { Pages = 4096 }, Threads);
        await ShortOnesAsync(subject, 3 * ShortOnes);
        List<double> alone = [], behind = [];
        for (int round = 0; round < Rounds; round++)
        {
            // Rounds begin at depths that are spread over the long prompt; what was computed of it stays in the prefix cache.
            await subject.LongPromptAsync(1 + (round * LongPrompt / Rounds), CancellationToken.None);
            alone.Add(await ShortOnesAsync(subject, ShortOnes));
            using var leaving = new CancellationTokenSource();
            Task prompt = subject.LongPromptAsync(LongPrompt, leaving.Token);
            behind.Add(await ShortOnesAsync(subject, ShortOnes));
            string note = prompt.IsCompleted ? ", and the long prompt was over" : "";
            Console.Error.WriteLine($"round {round + 1}/{Rounds}  alone {alone[^1]:F1} ms, behind {behind[^1]:F1} ms{note}");
            await leaving.CancelAsync();
            await prompt.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        List<double> ratios = [.. behind.Zip(alone, (time, other) => time / other)];
        table.AddRow("short prompt alone", Number(Median(alone)), "", "", "", "");
        string spread = string.Create(CultureInfo.InvariantCulture, $"{Median(ratios):F2} ({ratios.Min():F2}-{ratios.Max():F2})");
        table.AddRow("short prompt behind a long one", Number(Median(behind)), spread, "", "", "at most 2");
    }

    /// <returns>Milliseconds to the first token, the median.</returns>
    private static async Task<double> ShortOnesAsync(SchedulingSubject subject, int count)
    {
        List<double> times = [];
        for (int i = 0; i < count; i++)
        {
            // At any moment of a pass.
            await Task.Delay(3 + (7 * i % 11));
            long start = Stopwatch.GetTimestamp();
            await subject.FirstTokenAsync(ShortPrompt);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Median(times);
    }

    private static async Task CrowdAsync(string folder, int setAside, ResultTable table)
    {
        await using var subject = new SchedulingSubject(folder, new EngineOptions { Pages = Pages }, Threads);
        await subject.SearchAsync(ShortPrompt, 1, 4, Tokens);
        long start = Stopwatch.GetTimestamp();
        Task[] searches = [.. Enumerable.Range(0, Clients).Select(_ => subject.SearchAsync(ShortPrompt, Candidates, Tokens, setAside))];
        Task over = Task.WhenAll(searches);
        List<double> small = [];
        while (await Task.WhenAny(over, Task.Delay(TimeSpan.FromSeconds(1))) != over)
        {
            long begun = Stopwatch.GetTimestamp();
            await subject.SearchAsync(ShortPrompt, 1, 4, setAside);
            small.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        double all = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        EngineStatistics statistics = subject.Statistics;
        double again = (double)statistics.RecomputedTokens / (statistics.ForwardTokens - statistics.RecomputedTokens);
        bool says = setAside == Tokens;
        string name = says ? "who name their length" : "who name no length";
        string waste = string.Create(CultureInfo.InvariantCulture, $"{again:P1}");
        table.AddRow($"searches of clients {name}", Number(all), "", $"{statistics.Preemptions}", waste, says ? "below 5 %" : "");
        string slowest = string.Create(
            CultureInfo.InvariantCulture, $"{Number(Median(small))}; slowest of {small.Count}: {Number(small.Max())}");
        table.AddRow($"4 tokens beside clients {name}", slowest, "", "", "", says ? "below 500 ms" : "");
    }

    private static string Number(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F1}");

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
