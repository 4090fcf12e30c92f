using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tenancy;

/// <summary>What a tenant's objects use of what a policy can limit; also the difference that one write makes.</summary>
public sealed record TenantUsage
{
    /// <summary>Hours of a month, as price lists count it: those of a year divided by twelve.</summary>
    public const double HoursPerMonth = 730;

    public static TenantUsage None { get; } = new();

    public long Releases { get; init; }

    public long ModelServices { get; init; }

    public long Secrets { get; init; }

    public long ConfigMaps { get; init; }

    public long Replicas { get; init; }

    public long MemoryBytes { get; init; }

    public double CostPerMonth { get; init; }

    /// <summary>What one object uses; nothing for kinds that nothing limits.</summary>
    /// <param name="resource">The object; null for none.</param>
    /// <param name="prices">What pools cost.</param>
    /// <param name="runtimeBytes">What a replica's process may take above its budget.</param>
    public static TenantUsage Of(IResource? resource, PoolPrices prices, long runtimeBytes)
    {
        ArgumentNullException.ThrowIfNull(prices);
        return resource switch
        {
            Release => new TenantUsage { Releases = 1 },
            Secret => new TenantUsage { Secrets = 1 },
            ConfigMap => new TenantUsage { ConfigMaps = 1 },
            ModelService service => OfService(service, prices, runtimeBytes),
            _ => None,
        };
    }

    public static TenantUsage operator +(TenantUsage left, TenantUsage right) => left.Plus(right, 1);

    public static TenantUsage operator -(TenantUsage left, TenantUsage right) => left.Plus(right, -1);

    public TenantUsed ToStatus() => new()
    {
        Releases = Releases,
        ModelServices = ModelServices,
        Secrets = Secrets,
        ConfigMaps = ConfigMaps,
        Replicas = Replicas,
        Memory = new ByteSize(MemoryBytes),
        CostPerMonth = Math.Round(CostPerMonth, 2),
    };

    private static TenantUsage OfService(ModelService service, PoolPrices prices, long runtimeBytes)
    {
        int most = DecidedReplicas.AtMost(service.Spec);
        long each = service.Spec.Resources.Memory.Bytes + runtimeBytes;
        return new TenantUsage
        {
            ModelServices = 1,
            Replicas = most,
            MemoryBytes = most * each,
            CostPerMonth = most * prices.PerHour(service.Spec.Placement, each) * HoursPerMonth,
        };
    }

    private TenantUsage Plus(TenantUsage other, int sign)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new TenantUsage
        {
            Releases = Releases + (sign * other.Releases),
            ModelServices = ModelServices + (sign * other.ModelServices),
            Secrets = Secrets + (sign * other.Secrets),
            ConfigMaps = ConfigMaps + (sign * other.ConfigMaps),
            Replicas = Replicas + (sign * other.Replicas),
            MemoryBytes = MemoryBytes + (sign * other.MemoryBytes),
            CostPerMonth = CostPerMonth + (sign * other.CostPerMonth),
        };
    }
}
