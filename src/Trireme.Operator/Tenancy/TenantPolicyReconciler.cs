using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Tenancy;
using Trireme.Kubernetes;

namespace Trireme.Operator.Tenancy;

/// <summary>Says in each policy what its tenant uses. Who is held to it is for the API server to see, at each write.</summary>
internal sealed class TenantPolicyReconciler(
    InformerSet informers, IResourceClients clients, OperatorOptions options, TimeProvider time) : IReconciler
{
    private readonly Informer<TenantPolicy> _policies = informers.Of<TenantPolicy>();
    private readonly Informer<AcceleratorPool> _pools = informers.Of<AcceleratorPool>();
    private readonly Informer<Release> _releases = informers.Of<Release>();
    private readonly Informer<ModelService> _services = informers.Of<ModelService>();
    private readonly Informer<Secret> _secrets = informers.Of<Secret>();
    private readonly Informer<ConfigMap> _configMaps = informers.Of<ConfigMap>();
    private readonly IResourceClient<TenantPolicy> _client = clients.Of<TenantPolicy>();

    public IControlLoop CreateLoop(ControllerFactory controllers) => controllers.For<TenantPolicy>()
        .Watches<Release>(PolicyOf)
        .Watches<ModelService>(PolicyOf)
        .Watches<Secret>(PolicyOf)
        .Watches<ConfigMap>(PolicyOf)
        .Build(ReconcileAsync);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_policies.Snapshot.Find(key) is not { Metadata.IsDeleting: false } policy) return ReconcileResult.Done;
        var prices = new PoolPrices(_pools.Snapshot.Items);
        TenantUsage used = new()
        {
            Releases = _releases.Snapshot.InNamespace(key.Namespace).Count,
            Secrets = _secrets.Snapshot.InNamespace(key.Namespace).Count,
            ConfigMaps = _configMaps.Snapshot.InNamespace(key.Namespace).Count,
        };
        foreach (ModelService service in _services.Snapshot.InNamespace(key.Namespace).Values)
        {
            used += TenantUsage.Of(service, prices, options.Replicas.RuntimeMemoryBytes);
        }

        TenantPolicyStatus status = TenantStatusPlan.Next(policy, used, time.GetUtcNow());
        if (!CanonicalJson.Same(policy.Status, status))
        {
            await _client.ReplaceStatusAsync(policy with { Status = status }, cancellationToken);
        }

        return ReconcileResult.Done;
    }

    private IEnumerable<ResourceKey> PolicyOf(IResource resource)
    {
        var key = new ResourceKey(resource.Metadata.Namespace ?? "", TenantPolicy.OnlyName);
        return _policies.Snapshot.Find(key) is null ? [] : [key];
    }
}
