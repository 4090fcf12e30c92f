using System.Runtime.InteropServices;

namespace Trireme.Worker.Hosting;

/// <summary>SIGTERM and SIGINT: the first asks to drain, the second to end at once.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly TaskCompletionSource _interrupted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _drain;
    private int _received;

    public ShutdownSignals(Action drain)
    {
        _drain = drain;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        ];
    }

    /// <summary>Completes with the second signal.</summary>
    public Task Interrupted => _interrupted.Task;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Without this the runtime ends the process itself.
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
        {
            _drain();
        }
        else
        {
            _interrupted.TrySetResult();
        }
    }
}
