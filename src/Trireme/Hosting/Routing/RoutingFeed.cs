using System.Threading.Channels;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;
using Trireme.Kubernetes;

namespace Trireme.Hosting.Routing;

/// <summary>
/// Keeps the gateway's routes, keys and limits as the API server has them. Every change marks the view as old; one loop builds the next
/// one, so that a burst of changes costs one rebuild and readers always see a whole view.
/// </summary>
internal sealed class RoutingFeed(
    InformerSet informers,
    RoutingTable routes,
    ApiKeyTable keys,
    UsageLimiter limits,
    IReplicaCredentials credentials,
    ReplicaPriceList prices) : BackgroundService
{
    private readonly Informer<ModelService> _services = informers.Of<ModelService>();
    private readonly Informer<ModelReplica> _replicas = informers.Of<ModelReplica>();
    private readonly Informer<Secret> _secrets = informers.Of<Secret>();
    private readonly Informer<TenantPolicy> _policies = informers.Of<TenantPolicy>();

    private readonly Channel<bool> _changes =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly TaskCompletionSource _firstView = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Raised after routes and keys show the newest objects. Handlers hold up the next view.</summary>
    internal event Action? Rebuilt;

    /// <summary>
    /// Ends with the first view. The web server starts after it: clients that connect before wait for that, instead of being told that
    /// their key is not known yet.
    /// </summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await _firstView.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _services.Changed += Mark;
        _replicas.Changed += Mark;
        _secrets.Changed += Mark;
        _policies.Changed += Mark;
        prices.Watch(Mark);
        try
        {
            await RebuildAsync(stoppingToken);
        }
        finally
        {
            // The informers outlive the gateway.
            _services.Changed -= Mark;
            _replicas.Changed -= Mark;
            _secrets.Changed -= Mark;
            _policies.Changed -= Mark;
            prices.Unwatch(Mark);
        }
    }

    private void Mark(ResourceKey key) => _changes.Writer.TryWrite(true);

    private async Task RebuildAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            _services.WaitForSyncAsync(cancellationToken),
            _replicas.WaitForSyncAsync(cancellationToken),
            _secrets.WaitForSyncAsync(cancellationToken),
            _policies.WaitForSyncAsync(cancellationToken));
        Rebuild();
        await foreach (bool _ in _changes.Reader.ReadAllAsync(cancellationToken)) Rebuild();
    }

    private void Rebuild()
    {
        routes.Update(RoutingSnapshot.Build(_services.Snapshot.Items, _replicas.Snapshot.Items, credentials, prices.Now()));
        keys.Update(ApiKeyDirectory.Build(_secrets.Snapshot.Items));
        limits.Update(_policies.Snapshot.Items);
        _firstView.TrySetResult();
        Rebuilt?.Invoke();
    }
}
