using Microsoft.Extensions.Logging;
using Trireme.Inference.Formats;
using Trireme.Worker.Hosting;

namespace Trireme.Worker;

/// <summary>Runs one replica.</summary>
public static class WorkerHost
{
    /// <summary>
    /// Listens, loads the model and answers until the token is cancelled, SIGTERM or SIGINT arrives, or the owner is lost; then
    /// drains. A second signal ends at once. Returns a <see cref="WorkerExitCode"/>; what failed is on standard error.
    /// </summary>
    public static async Task<int> RunAsync(WorkerOptions options, CancellationToken cancellationToken)
    {
        MappingFaults.EndProcess();
        using ILoggerFactory loggers = WorkerLogging.Create(options.LogLevel);
        var lifecycle = new WorkerLifecycle();
        using var signals = new ShutdownSignals(lifecycle.Drain);
        await using CancellationTokenRegistration stop = cancellationToken.Register(lifecycle.Drain);
        return await new WorkerRun(options, lifecycle, loggers, TimeProvider.System).RunAsync(signals.Interrupted);
    }
}
