using System.Diagnostics;

namespace Alignment.Benchmarks.Results;

/// <summary>Times cases in turns: one run of each a round, after rounds that do not count.</summary>
internal sealed class InterleavedRounds
{
    private const int FewestRounds = 3;

    private readonly List<(string Name, Func<Task> Run)> _cases = [];
    private readonly Dictionary<string, List<double>> _milliseconds = [];

    public void Add(string name, Func<Task> run)
    {
        _cases.Add((name, run));
        _milliseconds.Add(name, []);
    }

    /// <summary>Rounds that count so far.</summary>
    public int Rounds { get; private set; }

    /// <param name="rounds">How many count.</param>
    /// <param name="warmUp">How many come before.</param>
    /// <param name="limit">After so long no round begins, except the first three.</param>
    public async Task RunAsync(int rounds, int warmUp = 1, TimeSpan? limit = null)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int round = -warmUp;
            round < rounds && (Rounds < FewestRounds || limit is null || Stopwatch.GetElapsedTime(begin) < limit);
            round++)
        {
            foreach ((string name, Func<Task> run) in _cases)
            {
                long start = Stopwatch.GetTimestamp();
                await run();
                double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                Console.Error.WriteLine($"round {round + 1}/{rounds}  {name}  {elapsed:F1} ms");
                if (round >= 0)
                {
                    _milliseconds[name].Add(elapsed);
                }
            }

            Rounds = Math.Max(0, round + 1);
        }
    }

    public double Median(string name) => Median(_milliseconds[name]);

    /// <summary>Median, least and greatest of the ratios within one round.</summary>
    public (double Median, double Minimum, double Maximum) Ratio(string name, string baseline)
    {
        List<double> ratios = [.. _milliseconds[name].Zip(_milliseconds[baseline], (time, other) => time / other)];
        return (Median(ratios), ratios.Min(), ratios.Max());
    }

    private static double Median(List<double> values)
    {
        List<double> sorted = [.. values.Order()];
        int middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
