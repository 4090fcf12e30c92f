using System.CommandLine;
using System.Diagnostics;
using Trireme.Worker.Hosting;

namespace Trireme.Commands;

/// <summary>
/// One run of a command, with the signals it obeys: the first Ctrl+C or SIGTERM lets it finish what must not be cut, for as long as
/// open streams may take; the second ends the program, whatever still runs or hangs. The state on disk is made for a death at any moment.
/// </summary>
internal sealed class CommandRun : InvocationConfiguration, IDisposable
{
    private readonly ShutdownSignals _signals = new();
    private readonly CancellationTokenRegistration _end;

    public CommandRun()
    {
        EnableDefaultExceptionHandler = false;

        // The library's own handler would wait for the drain and keep the second signal from every other one.
        ProcessTerminationTimeout = null;
        _end = _signals.Second.Register(StartToEnd);
    }

    /// <summary>The first signal.</summary>
    public CancellationToken Stopping => _signals.First;

    /// <summary>The second signal.</summary>
    public CancellationToken Interrupted => _signals.Second;

    /// <summary>How long the command may take to end itself at the second signal; nothing for not at all.</summary>
    public TimeSpan Grace { get; set; }

    public void Dispose()
    {
        _end.Dispose();
        _signals.Dispose();
    }

    /// <summary>On a thread of its own: those of the pool may all be what hangs. It is none that keeps the program alive.</summary>
    private void StartToEnd() => new Thread(End) { IsBackground = true }.Start();

    private void End()
    {
        using var never = new ManualResetEventSlim();
        never.Wait(Grace);
        Console.Error.WriteLine("trireme: ended at once by a second signal");
        using var self = Process.GetCurrentProcess();

        // An orderly exit would wait for what the first signal began.
        self.Kill();
    }
}
