using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Trireme.Hosting;

/// <summary>
/// Ends the program at the second Ctrl+C or SIGTERM, whatever still runs or hangs. The first one drains, for as long as open streams
/// may take; the state on disk is made for a death at any moment. Workers go without: a service manager may signal them beside us.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public SecondSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
    ];

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _received) < 2) return;
        Console.Error.WriteLine("trireme: ended at once by a second signal");
        using var self = Process.GetCurrentProcess();

        // An orderly exit would wait for the handlers of the first signal.
        self.Kill();
    }
}
