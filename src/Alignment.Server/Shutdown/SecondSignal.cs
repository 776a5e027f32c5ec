using System.Runtime.InteropServices;

namespace Alignment.Server.Shutdown;

/// <summary>Counts signals to stop: the host obeys the first, the second cuts short what still runs.</summary>
internal sealed class SecondSignal : IDisposable
{
    private static readonly PosixSignal[] s_signals = [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM];

    private readonly Drain _drain;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public SecondSignal(Drain drain)
    {
        _drain = drain;
        _registrations = [.. s_signals.Select(signal => PosixSignalRegistration.Create(signal, Hear))];
    }

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private void Hear(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _count) == 2)
        {
            _ = _drain.CutShortAsync();
        }
    }
}
