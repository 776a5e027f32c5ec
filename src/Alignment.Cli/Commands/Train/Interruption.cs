using System.Runtime.InteropServices;

namespace Alignment.Cli.Commands.Train;

/// <summary>
/// Signals to stop while there is work that must be saved. The first asks the work to stop where it can be resumed, which may take an
/// update of training; the second ends the process at once. Without this a signal ends it at once, as when there is nothing to save.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly PosixSignal[] s_signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];

    private readonly CancellationTokenSource _stop = new();
    private readonly TextWriter _error;
    private readonly PosixSignalRegistration[] _registrations;
    private int _heard;

    public Interruption(TextWriter error)
    {
        _error = error;
        _registrations = [.. s_signals.Select(signal => PosixSignalRegistration.Create(signal, Hear))];
    }

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _stop.Dispose();
    }

    private void Hear(PosixSignalContext context)
    {
        if (Interlocked.Exchange(ref _heard, 1) == 0)
        {
            context.Cancel = true;
            _error.WriteLine("alignment: stopping after this update; a second signal ends at once");
            _ = _stop.CancelAsync(); // never inline: what waits for it may take long
        }
    }
}
