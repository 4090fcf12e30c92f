using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// What a tenant, which is a namespace, may have at most. The API server refuses what would go beyond it; what is there already stays, and
/// may shrink. One for each namespace, called "default", so that there is never a question which one counts.
/// </summary>
public sealed record TenantPolicy : IResourceWithStatus<TenantPolicyStatus>, IHasTypeMeta, IValidatable
{
    /// <summary>The only name there is.</summary>
    public const string OnlyName = "default";

    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "TenantPolicy";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public TenantPolicySpec Spec { get; init; } = new();

    public TenantPolicyStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Metadata.Name != OnlyName)
        {
            errors.Invalid(
                "metadata.name", $"\"{Metadata.Name}\" must be \"{OnlyName}\": a namespace has one policy, with all limits");
        }
    }
}

/// <summary>The limits; what is absent is not limited.</summary>
public sealed record TenantPolicySpec
{
    /// <summary>Objects of each kind that people make.</summary>
    public ObjectLimits Objects { get; init; } = new();

    /// <summary>Replicas of all services together, as spec.replicas asks for them. The one more of a rollout is not counted.</summary>
    [Range(0, 1_000_000)]
    public int? Replicas { get; init; }

    /// <summary>
    /// Memory of those replicas: spec.resources.memory and what the runtime takes beside it (the setting
    /// operator.replicas.runtimeMemoryBytes), times spec.replicas.
    /// </summary>
    public ByteSize? Memory { get; init; }

    /// <summary>
    /// What those replicas may cost in a month of 730 hours, at the price of the cheapest AcceleratorPool that may take each. In the
    /// currency of the pools' prices.
    /// </summary>
    [Range(0, 1_000_000_000)]
    public double? BudgetPerMonth { get; init; }

    /// <summary>What the requests of all its keys together may use of models.</summary>
    public UsageSpec Usage { get; init; } = new();

    /// <summary>What the requests of each key may use that has no limits of its own.</summary>
    public UsageSpec UsagePerKey { get; init; } = new();
}

/// <summary>
/// How many objects of each kind there may be. What the platform makes, such as ModelReplicas, Events and Leases, is never limited.
/// </summary>
public sealed record ObjectLimits
{
    /// <summary>Releases.</summary>
    [Range(0, 1_000_000)]
    public int? Releases { get; init; }

    /// <summary>ModelServices.</summary>
    [Range(0, 1_000_000)]
    public int? ModelServices { get; init; }

    /// <summary>Secrets, API keys among them.</summary>
    [Range(0, 1_000_000)]
    public int? Secrets { get; init; }

    /// <summary>ConfigMaps.</summary>
    [Range(0, 1_000_000)]
    public int? ConfigMaps { get; init; }
}

/// <summary>What the tenant has.</summary>
public sealed record TenantPolicyStatus
{
    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>The generation of the spec this was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>What is used of what is limited, whether or not it is.</summary>
    public TenantUsed? Used { get; init; }
}

/// <summary>What a tenant uses.</summary>
public sealed record TenantUsed
{
    /// <summary>Releases.</summary>
    public long Releases { get; init; }

    /// <summary>ModelServices.</summary>
    public long ModelServices { get; init; }

    /// <summary>Secrets.</summary>
    public long Secrets { get; init; }

    /// <summary>ConfigMaps.</summary>
    public long ConfigMaps { get; init; }

    /// <summary>Replicas that services ask for.</summary>
    public long Replicas { get; init; }

    /// <summary>Memory that they may take.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize Memory { get; init; }

    /// <summary>What they cost in a month of 730 hours.</summary>
    public double CostPerMonth { get; init; }
}

/// <summary>Conditions of a TenantPolicy.</summary>
public static class TenantPolicyConditions
{
    /// <summary>False where the tenant has more than the policy says: the policy came later, or was lowered.</summary>
    public const string WithinLimits = "WithinLimits";
}
