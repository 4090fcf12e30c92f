using System.Threading.Channels;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;
using Trireme.Kubernetes;

namespace Trireme.Hosting.Routing;

/// <summary>
/// Keeps the gateway's routes and keys as the API server has them. Every change marks the view as old; one loop builds the next
/// one, so that a burst of changes costs one rebuild and readers always see a whole view.
/// </summary>
internal sealed class RoutingFeed(
    Informer<ModelService> services,
    Informer<ModelReplica> replicas,
    Informer<Secret> secrets,
    RoutingTable routes,
    ApiKeyTable keys) : BackgroundService
{
    private readonly Channel<bool> _changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Raised after routes and keys show the newest objects. Handlers hold up the next view.</summary>
    internal event Action? Rebuilt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        services.Changed += Mark;
        replicas.Changed += Mark;
        secrets.Changed += Mark;
        await Task.WhenAll(
            services.RunAsync(stoppingToken),
            replicas.RunAsync(stoppingToken),
            secrets.RunAsync(stoppingToken),
            RebuildAsync(stoppingToken));
    }

    private void Mark(ResourceKey key) => _changes.Writer.TryWrite(true);

    private async Task RebuildAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            services.WaitForSyncAsync(cancellationToken),
            replicas.WaitForSyncAsync(cancellationToken),
            secrets.WaitForSyncAsync(cancellationToken));
        Rebuild();
        await foreach (bool _ in _changes.Reader.ReadAllAsync(cancellationToken)) Rebuild();
    }

    private void Rebuild()
    {
        routes.Update(RoutingSnapshot.Build(services.Snapshot.Items, replicas.Snapshot.Items));
        keys.Update(ApiKeyDirectory.Build(secrets.Snapshot.Items));
        Rebuilt?.Invoke();
    }
}
