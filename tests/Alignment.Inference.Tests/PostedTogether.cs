using Alignment.Inference.Scheduling;

namespace Alignment.Inference.Tests;

/// <summary>Requests that the engine sees at once.</summary>
internal static class PostedTogether
{
    /// <summary>Holds the loop until everything is posted: how much it did between two posts would be the machine's business.</summary>
    public static async Task<T> TogetherAsync<T>(this Engine engine, Func<T> post)
    {
        using var posted = new ManualResetEventSlim();
        Task<int> held = engine.RunAsync(
            _ =>
            {
                posted.Wait();
                return ValueTask.FromResult(0);
            },
            new SessionOptions(), CancellationToken.None);
        T tasks = post();
        posted.Set();
        await held;
        return tasks;
    }
}
