using System.CommandLine;
using System.Runtime.InteropServices;
using Trireme.Contracts.Storage;
using Trireme.Training.Commands;

FileSizeLimit.FailInsteadOfEnding();
using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

// The signals are handled here: the library's own handling ends the process before a step can finish.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null };
return await TrainerCommands.Create(TimeProvider.System).Parse(args).InvokeAsync(configuration, stop.Token);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
