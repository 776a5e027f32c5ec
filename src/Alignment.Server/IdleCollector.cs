using Alignment.Hosting;

namespace Alignment.Server;

/// <summary>
/// Gives the memory of a burst back when it is over. The runtime collects only while a program allocates, and an idle server allocates
/// nothing: what its worst burst needed would stay resident. Costs one pause of tens of milliseconds, at a moment when nothing runs, after
/// much was allocated. Models and caches are not on the collected heap.
/// </summary>
internal sealed class IdleCollector(ModelCatalog catalog, TimeProvider time) : BackgroundService
{
    private const long MuchGarbage = 64 << 20;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private long _collectedAt;

    /// <summary>Collects where nothing runs and much was allocated since the last time.</summary>
    /// <returns>Whether it did.</returns>
    public bool TryCollect()
    {
        bool isIdle = catalog.Models.All(model => model.Generator.Statistics is { Running: 0, Queued: 0 });
        if (!isIdle || GC.GetTotalAllocatedBytes() - _collectedAt < MuchGarbage)
        {
            return false;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _collectedAt = GC.GetTotalAllocatedBytes();
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            TryCollect();
        }
    }
}
