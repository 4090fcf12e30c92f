using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Hosting.Gateways;

/// <summary>
/// Says in the API server that this gateway runs and where its metrics are: a Lease that is renewed, and deleted at the end. A gateway
/// works without it; then nobody scrapes it.
/// </summary>
internal sealed partial class GatewayLease(
    IResourceClients clients, string name, string metricsUrl, TimeProvider time, ILogger<GatewayLease> logger)
{
    /// <summary>Whoever watches takes a lease for abandoned that has not changed for this long.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(45);

    /// <summary>Each renewal is a durable write.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly IResourceClient<Lease> _leases = clients.Of<Lease>();
    private readonly DateTimeOffset _acquired = time.GetUtcNow();

    private ResourceKey Key => new(TriremeApi.SystemNamespace, name);

    /// <summary>Renews until cancelled; a platform that does not answer is asked again.</summary>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        bool silent = false;
        try
        {
            while (true)
            {
                bool renewed = await TryAsync(token => _leases.ApplyAsync(Next(), token), cancellationToken);
                if (!renewed && !silent) LogSilent(name);
                if (renewed && silent) LogBack(name);
                silent = !renewed;
                await Task.Delay(Renewal, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await TryAsync(token => _leases.DeleteAsync(Key, cancellationToken: token), CancellationToken.None);
        }
    }

    private Lease Next() => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = TriremeApi.SystemNamespace,
            Labels = new Dictionary<string, string> { [TriremeApi.ComponentLabel] = TriremeApi.GatewayComponent },
            Annotations = new Dictionary<string, string> { [TriremeApi.MetricsUrlAnnotation] = metricsUrl },
        },
        Spec = new LeaseSpec
        {
            HolderIdentity = $"{name}@{Environment.MachineName}/{Environment.ProcessId}",
            LeaseDurationSeconds = (int)Duration.TotalSeconds,
            AcquireTime = _acquired,
            RenewTime = time.GetUtcNow(),
        },
    };

    private async Task<bool> TryAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await call(either.Token);
            return true;
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The API server does not answer; {Gateway} goes on with the routes and keys it knows, and its metrics may not be collected")]
    private partial void LogSilent(string gateway);

    [LoggerMessage(LogLevel.Information, "The API server answers {Gateway} again")]
    private partial void LogBack(string gateway);
}
