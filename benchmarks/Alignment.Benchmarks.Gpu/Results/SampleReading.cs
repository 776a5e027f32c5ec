using Alignment.Benchmarks.Results;

namespace Alignment.Benchmarks.Gpu.Results;

/// <summary>From timed rounds to a sample.</summary>
internal static class SampleReading
{
    public static Sample Sample(this InterleavedRounds rounds, string name) => new(name, rounds.Median(name), rounds.Rounds);
}
