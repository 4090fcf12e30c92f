using System.Collections.Immutable;
using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Tenancy;

/// <summary>A write that a policy refuses.</summary>
/// <param name="Message">In the words of Kubernetes' quotas, with the next step.</param>
/// <param name="Field">The field of the written object that is too much; empty for the object itself.</param>
public sealed record QuotaRefusal(string Message, string Field);

/// <summary>Holds a tenant to its policy. What is not more than before is never refused, however much there is.</summary>
public static class TenantQuota
{
    /// <summary>Rounding in sums of prices is not what anybody has paid for.</summary>
    private const double CostTolerance = 1e-6;

    private static readonly ImmutableArray<Limit> Limits =
    [
        new("releases", "", "spec.objects.releases", spec => spec.Objects.Releases, usage => usage.Releases, Number),
        new("modelservices", "", "spec.objects.modelServices", spec => spec.Objects.ModelServices, usage => usage.ModelServices, Number),
        new("secrets", "", "spec.objects.secrets", spec => spec.Objects.Secrets, usage => usage.Secrets, Number),
        new("configmaps", "", "spec.objects.configMaps", spec => spec.Objects.ConfigMaps, usage => usage.ConfigMaps, Number),
        new("replicas", "spec.replicas", "spec.replicas", spec => spec.Replicas, usage => usage.Replicas, Number),
        new("memory", "spec.resources.memory", "spec.memory", spec => spec.Memory?.Bytes, usage => usage.MemoryBytes, Memory),
        new("costPerMonth", "spec.replicas", "spec.budgetPerMonth", spec => spec.BudgetPerMonth, usage => usage.CostPerMonth, Money),
    ];

    /// <param name="policy">The policy.</param>
    /// <param name="used">What the tenant uses without the write.</param>
    /// <param name="more">What the write adds; less than nothing where it takes away.</param>
    /// <returns>Null where the write may be made.</returns>
    public static QuotaRefusal? Refuse(TenantPolicy policy, TenantUsage used, TenantUsage more)
    {
        ArgumentNullException.ThrowIfNull(policy);
        List<Limit> exceeded = [.. Limits.Where(limit => limit.Of(policy.Spec) is { } most
            && limit.In(more) > CostTolerance && limit.In(used) + limit.In(more) > most + CostTolerance)];
        if (exceeded.Count == 0) return null;
        string List(Func<Limit, double> value) =>
            string.Join(",", exceeded.Select(limit => $"{limit.Name}={limit.Write(value(limit))}"));
        string fields = string.Join(", ", exceeded.Select(static limit => limit.PolicyField));
        string lower = exceeded.Find(static limit => limit.Field.Length > 0) is { } first ? $"lower {first.Field}, remove" : "remove";
        return new QuotaRefusal(
            $"exceeded quota: {policy.Metadata.Name}, requested: {List(limit => limit.In(more))}, used: {List(limit => limit.In(used))}, "
            + $"limited: {List(limit => limit.Of(policy.Spec)!.Value)}; {lower} what is not needed, or have {fields} of TenantPolicy "
            + $"{policy.Metadata.Name} in namespace {policy.Metadata.Namespace} raised",
            exceeded[0].Field);
    }

    /// <summary>What a tenant has more of than its policy says, as "replicas=12 of 10"; empty where that is nothing.</summary>
    public static IReadOnlyList<string> Exceeded(TenantPolicy policy, TenantUsage used)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return
        [
            .. Limits.Where(limit => limit.Of(policy.Spec) is { } most && limit.In(used) > most + CostTolerance)
                .Select(limit => $"{limit.Name}={limit.Write(limit.In(used))} of {limit.Write(limit.Of(policy.Spec)!.Value)}"),
        ];
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);

    private static string Memory(double value) => new ByteSize((long)value).ToString();

    private static string Money(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    /// <param name="Name">Its name in messages.</param>
    /// <param name="Field">The field of a service that decides; empty where each object counts as one.</param>
    /// <param name="PolicyField">The field of the policy.</param>
    /// <param name="Of">The limit in a policy.</param>
    /// <param name="In">What is used.</param>
    /// <param name="Write">A value for people.</param>
    private sealed record Limit(
        string Name,
        string Field,
        string PolicyField,
        Func<TenantPolicySpec, double?> Of,
        Func<TenantUsage, double> In,
        Func<double, string> Write);
}
