using System.IO.Pipelines;

namespace Alignment.Server.Answers;

/// <summary>
/// How long one stream waits for its client to read. While it waits, its generation holds pages of the cache that others could have, so all
/// waits together count: a client that takes a little now and then gets no more time than one that takes nothing.
/// </summary>
/// <param name="limit">All waits together.</param>
/// <param name="time">The clock.</param>
internal sealed class ReaderWait(TimeSpan limit, TimeProvider time)
{
    private TimeSpan _left = limit;

    /// <summary>Waits until the connection takes more; costs nothing where it does already.</summary>
    /// <param name="flush">Completes when it does.</param>
    /// <param name="atLeast">What may be waited for, however much was waited before.</param>
    /// <returns>False: the time is over, and the flush is still under way.</returns>
    public async ValueTask<bool> TryAsync(ValueTask<FlushResult> flush, TimeSpan atLeast = default)
    {
        if (flush.IsCompleted)
        {
            await flush;
            return true;
        }

        long start = time.GetTimestamp();
        Task taken = flush.AsTask();
        await taken.WaitAsync(Longer(_left, atLeast), time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _left = Longer(_left - time.GetElapsedTime(start), TimeSpan.Zero);
        return taken.IsCompleted;
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
