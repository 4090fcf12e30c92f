using System.Runtime.InteropServices;

namespace Trireme.Worker.Hosting;

/// <summary>
/// SIGTERM, SIGINT, SIGQUIT and SIGHUP of this process, unless it was started with them ignored, as by nohup: the first asks to drain, the
/// second to end at once. A process has one of these and no other handler, because the runtime calls handlers one after the other: one that
/// waits for the drain would keep the second signal from all others.
/// </summary>
public sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public ShutdownSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken First => _first.Token;

    /// <summary>Cancelled by the second signal, also while what the first one called still runs or hangs.</summary>
    public CancellationToken Second => _second.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Without this the runtime ends the process itself.
        context.Cancel = true;
        int received = Interlocked.Increment(ref _received);
        if (received > 2) return;
        try
        {
            (received == 1 ? _first : _second).Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It came while the program was ending by itself.
        }
    }
}
