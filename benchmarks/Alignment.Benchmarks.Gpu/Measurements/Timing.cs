using Alignment.Benchmarks.Gpu.Model;
using Alignment.Benchmarks.Results;

namespace Alignment.Benchmarks.Gpu.Measurements;

/// <summary>How every measurement times: work that ends by waiting for the device, on the host's clock, after a warm-up.</summary>
internal static class Timing
{
    private const int WarmUp = 3;

    /// <summary>Where something is far slower than expected, fewer rounds are better than none: their number is in the report.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(25);

    public static async Task<InterleavedRounds> RunAsync(Workload workload, params (string Name, Action Run)[] cases)
    {
        var rounds = new InterleavedRounds();
        foreach ((string name, Action run) in cases)
        {
            rounds.Add(name, () =>
            {
                run();
                return Task.CompletedTask;
            });
        }

        await rounds.RunAsync(workload.Rounds, WarmUp, s_limit);
        return rounds;
    }
}
