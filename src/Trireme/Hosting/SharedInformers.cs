using Trireme.Hosting.Logging;
using Trireme.Kubernetes;

namespace Trireme.Hosting;

/// <summary>What the API server holds, followed once for all parts of this process.</summary>
internal sealed class SharedInformers : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private SharedInformers(KubernetesConnection connection, PlatformLog log, TimeProvider time)
    {
        _loggers = LoggerFactory.Create(log.Use);
        Set = new InformerSet(new ResourceClients(connection), _loggers, time);
        _running = Set.RunAsync(_stop.Token);
    }

    public InformerSet Set { get; }

    public static SharedInformers Start(KubernetesConnection connection, PlatformLog log, TimeProvider time) => new(connection, log, time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _loggers.Dispose();
    }
}
