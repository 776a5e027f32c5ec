using System.Diagnostics;
using System.Globalization;
using Alignment.Benchmarks.Results;
using Alignment.Models.Configuration;

namespace Alignment.Benchmarks.Training;

/// <summary>
/// Updates of language models of several shapes against what the processor can do in f32. Shares are taken in processor time, of this
/// process alone and within a round, so that what else the machine does takes little part.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Threads = 2;
    private const int Rounds = 5;

    private static readonly (string Name, ModelConfig Shape)[] s_shapes =
    [
        ("4 layers of 128", Shape(layers: 4, hidden: 128, heads: 2, keyValueHeads: 1, intermediate: 352)),
        ("6 layers of 192", Shape(layers: 6, hidden: 192, heads: 3, keyValueHeads: 1, intermediate: 576)),
        ("8 layers of 256", Shape(layers: 8, hidden: 256, heads: 4, keyValueHeads: 2, intermediate: 704)),
        ("9 layers of 320", Shape(layers: 9, hidden: 320, heads: 5, keyValueHeads: 1, intermediate: 896)),
    ];

    public static Task RunAsync(string resultPath)
    {
        string folder = Directory.CreateTempSubdirectory("alignment-training-").FullName;
        try
        {
            Run(folder, resultPath);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return Task.CompletedTask;
    }

    private static void Run(string folder, string resultPath)
    {
        var table = new ResultTable(
            "Training language models, f32", "dotnet run -c Release --project benchmarks/Alignment.Benchmarks -- training");
        table.AddRow(
            "shape", "parameters", "tokens/s", "tokens a second of processor time", "share of the limit (median, min-max)", "target");
        List<double> limits = [];
        foreach ((string name, ModelConfig shape) in s_shapes)
        {
            using var limit = new MultiplyAddLimit(Threads);
            using var subject = new TrainingSubject(shape, folder, Threads);
            List<Speed> speeds = [];
            List<double> shares = [];
            for (int round = -1; round < Rounds; round++)
            {
                Speed most = Speed.Of(limit.Run, limit.Operations);
                Speed update = Speed.Of(subject.Update, TrainingSubject.Tokens);
                if (round >= 0)
                {
                    limits.Add(most.Processor);
                    speeds.Add(update);
                    shares.Add(6 * subject.Parameters * update.Processor / most.Processor);
                }
            }

            string share = string.Create(CultureInfo.InvariantCulture, $"{Median(shares):F2} ({shares.Min():F2}-{shares.Max():F2})");
            string[] rates = [Rounded(speeds.Select(speed => speed.Clock)), Rounded(speeds.Select(speed => Threads * speed.Processor))];
            string target = shape.HiddenSize >= 256 ? "at least 0.6" : "";
            table.AddRow([name, subject.Parameters.ToString("N0", CultureInfo.InvariantCulture), .. rates, share, target]);
        }

        string windows = $"{TrainingSubject.BatchSize} windows of {TrainingSubject.ContextLength} tokens";
        table.AddLine($"{Threads} threads; updates of {windows} in documents of {TrainingSubject.DocumentLength}; vocabulary 4,096.");
        table.AddLine($"{Rounds} rounds a shape, each after the limit once; shares are taken within a round.");
        table.AddLine($"The limit: multiply-adds in registers alone, {Threads * Median(limits) / 1e9:F0} GFLOP/s on {Threads} threads.");
        table.AddLine($"An update counts 6 operations a parameter and token; attention's own are not counted.");
        table.AddLine($"Tokens/s is what was done beside the load of the moment, processor time what {Threads} cores alone would do.");
        table.Write(resultPath);
    }

    private static ModelConfig Shape(int layers, int hidden, int heads, int keyValueHeads, int intermediate) => new()
    {
        ModelType = "llama",
        VocabularySize = 4096,
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        HeadSize = hidden / heads,
        MaxPositions = TrainingSubject.ContextLength,
        TieWordEmbeddings = true,
        BosTokenId = 0,
        EosTokenIds = [0],
    };

    private static string Rounded(IEnumerable<double> rates) => Median([.. rates]).ToString("N0", CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Items a second, by the clock and by the time that the processor spent on this process.</summary>
    private readonly record struct Speed(double Clock, double Processor)
    {
        public static Speed Of(Action run, double items)
        {
            (long start, TimeSpan used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            run();
            return new Speed(
                items / Stopwatch.GetElapsedTime(start).TotalSeconds, items / (Environment.CpuUsage.TotalTime - used).TotalSeconds);
        }
    }
}
