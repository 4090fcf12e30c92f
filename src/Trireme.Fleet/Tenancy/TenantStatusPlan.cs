using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Tenancy;

/// <summary>Says in a policy's status what the tenant uses.</summary>
public static class TenantStatusPlan
{
    public static TenantPolicyStatus Next(TenantPolicy policy, TenantUsage used, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(used);
        IReadOnlyList<string> exceeded = TenantQuota.Exceeded(policy, used);
        return new TenantPolicyStatus
        {
            Conditions = (policy.Status?.Conditions).With(
                new Condition
                {
                    Type = TenantPolicyConditions.WithinLimits,
                    Status = exceeded.Count == 0 ? ConditionStatus.True : ConditionStatus.False,
                    ObservedGeneration = policy.Metadata.Generation,
                    Reason = exceeded.Count == 0 ? "WithinLimits" : "Exceeded",
                    Message = exceeded.Count == 0
                        ? ""
                        : $"There is more than the policy says: {string.Join(", ", exceeded)}. It stays; "
                            + "nothing is added before it shrinks.",
                },
                now),
            ObservedGeneration = policy.Metadata.Generation,
            Used = used.ToStatus(),
        };
    }
}
