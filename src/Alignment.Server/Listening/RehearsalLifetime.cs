namespace Alignment.Server.Listening;

/// <summary>
/// A host's life that hears no signal. The host that only rehearses lives for a moment: a signal that it took would be lost with it, and
/// is left to the process, which ends.
/// </summary>
internal sealed class RehearsalLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
