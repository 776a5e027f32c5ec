using Alignment.Server.Configuration;
using Alignment.Server.Shutdown;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Alignment.Server.Tests.Shutdown;

public sealed class DrainTests
{
    /// <summary>A signal is heard on a thread of the runtime's, which must be free for the next one.</summary>
    [Fact]
    public async Task Whoever_cuts_short_does_not_wait_for_what_is_cut()
    {
        using Drain drain = new(Options.Create(new ServerOptions()), TimeProvider.System, NullLogger<Drain>.Instance);
        using ManualResetEventSlim released = new();
        drain.Cut.Register(() => released.Wait(TimeSpan.FromMinutes(1)));
        Task cutting = drain.CutShortAsync();
        Assert.False(cutting.IsCompleted);
        released.Set();
        await cutting;
    }
}
