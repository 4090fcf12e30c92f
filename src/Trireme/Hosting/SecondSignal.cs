using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Trireme.Hosting;

/// <summary>
/// Ends the program at the second Ctrl+C or SIGTERM, whatever still runs or hangs. The first one drains, for as long as open streams
/// may take; the state on disk is made for a death at any moment.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
    private readonly TimeSpan _grace;
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    /// <param name="grace">How long the program may take to end itself at the second signal; nothing for not at all.</param>
    public SecondSignal(TimeSpan grace = default)
    {
        _grace = grace;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _received) != 2) return;
        if (_grace == TimeSpan.Zero)
        {
            End();
            return;
        }

        // A thread of its own: those of the pool may all be what hangs. It is none that keeps the program alive.
        new Thread(EndAfterGrace) { IsBackground = true }.Start();
    }

    private void EndAfterGrace()
    {
        using var never = new ManualResetEventSlim();
        never.Wait(_grace);
        End();
    }

    private static void End()
    {
        Console.Error.WriteLine("trireme: ended at once by a second signal");
        using var self = Process.GetCurrentProcess();

        // An orderly exit would wait for the handlers of the first signal.
        self.Kill();
    }
}
