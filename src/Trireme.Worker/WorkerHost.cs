using Microsoft.Extensions.Logging;
using Trireme.Inference.Formats;
using Trireme.Worker.Hosting;

namespace Trireme.Worker;

/// <summary>Runs one replica.</summary>
public static class WorkerHost
{
    /// <summary>
    /// Listens, loads the model and answers until the first signal, <paramref name="drain"/>, arrives or the owner is lost; then drains.
    /// The second, <paramref name="interrupted"/>, ends at once. Returns a <see cref="WorkerExitCode"/>; what failed is on standard error.
    /// </summary>
    public static async Task<int> RunAsync(WorkerOptions options, CancellationToken drain, CancellationToken interrupted)
    {
        MappingFaults.EndProcess();
        using ILoggerFactory loggers = WorkerLogging.Create(options.LogLevel);
        var lifecycle = new WorkerLifecycle();
        var interruption = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration stop = drain.Register(lifecycle.Drain);
        await using CancellationTokenRegistration interrupt = interrupted.Register(interruption.SetResult);
        return await new WorkerRun(options, lifecycle, loggers, TimeProvider.System).RunAsync(interruption.Task);
    }
}
