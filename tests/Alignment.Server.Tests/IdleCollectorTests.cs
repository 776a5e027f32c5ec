using Alignment.Inference;
using Alignment.Server.Tests.Doubles;

namespace Alignment.Server.Tests;

/// <summary>The memory of a burst goes back once nothing runs.</summary>
public sealed class IdleCollectorTests
{
    [Fact]
    public void Much_garbage_is_collected_when_nothing_runs()
    {
        using var collector = new IdleCollector(new ScriptedGenerator([]).AsCatalog(), TimeProvider.System);
        WeakReference garbage = Allocate();
        Assert.True(collector.TryCollect());
        Assert.False(garbage.IsAlive);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void Nothing_is_collected_while_a_request_runs_or_waits(int running, int queued)
    {
        var busy = new ScriptedGenerator([]) { Statistics = new EngineStatistics { Running = running, Queued = queued } };
        using var collector = new IdleCollector(busy.AsCatalog(), TimeProvider.System);
        Allocate();
        Assert.False(collector.TryCollect());
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Allocate() => new(new byte[128 << 20]);
}
