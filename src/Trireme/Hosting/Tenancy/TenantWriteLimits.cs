using Trireme.ApiServer.Admission;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Fleet.Tenancy;

namespace Trireme.Hosting.Tenancy;

/// <summary>Holds writes to the namespace's TenantPolicy.</summary>
/// <param name="runtimeBytes">What a replica's process may take above its budget.</param>
internal sealed class TenantWriteLimits(long runtimeBytes) : IWriteLimits
{
    private static readonly string[] Limited = [Release.TypeKind, ModelService.TypeKind, Secret.TypeKind, ConfigMap.TypeKind];

    public bool Concerns(ResourceDefinition kind) => Limited.Contains(kind.Kind);

    public bool Applies(string @namespace, ITenantObjects objects) => Policy(@namespace, objects) is not null;

    public WriteRefusal? Refuse(TenantWrite write, ITenantObjects objects)
    {
        if (Policy(write.Namespace, objects) is not { } policy) return null;
        var prices = new PoolPrices(policy.Spec.BudgetPerMonth is null ? [] : objects.List<AcceleratorPool>(""));
        TenantUsage more =
            TenantUsage.Of(write.After, prices, runtimeBytes) - TenantUsage.Of(write.Before, prices, runtimeBytes);
        return more == TenantUsage.None ? null
            : TenantQuota.Refuse(policy, Used(write.Namespace, objects, prices), more) is { } refusal
                ? new WriteRefusal(refusal.Message, refusal.Field)
                : null;
    }

    private static TenantPolicy? Policy(string @namespace, ITenantObjects objects) =>
        objects.Find<TenantPolicy>(@namespace, TenantPolicy.OnlyName);

    private TenantUsage Used(string @namespace, ITenantObjects objects, PoolPrices prices)
    {
        TenantUsage used = new()
        {
            Releases = objects.Count<Release>(@namespace),
            Secrets = objects.Count<Secret>(@namespace),
            ConfigMaps = objects.Count<ConfigMap>(@namespace),
        };
        foreach (ModelService service in objects.List<ModelService>(@namespace)) used += TenantUsage.Of(service, prices, runtimeBytes);
        return used;
    }
}
