using System.Runtime.InteropServices;

namespace Alignment.Server.Shutdown;

/// <summary>Counts signals to stop: the host obeys the first, the second cuts short what still runs.</summary>
internal sealed class SecondSignal : IDisposable
{
    private readonly PosixSignalRegistration[] _signals;
    private int _count;

    public SecondSignal(Drain drain) => _signals =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, _ =>
        {
            if (Interlocked.Increment(ref _count) == 2)
            {
                drain.CutShort();
            }
        })),
    ];

    public void Dispose() => Array.ForEach(_signals, signal => signal.Dispose());
}
