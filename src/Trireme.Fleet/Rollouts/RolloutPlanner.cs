using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>Moves a service from one release to another.</summary>
public static class RolloutPlanner
{
    public static RolloutDecision Decide(RolloutSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return new RolloutDecision
        {
            Stable = snapshot.Stable ?? snapshot.Wanted,
            Previous = snapshot.Previous,
            Rollout = snapshot.Rollout,
            Targets = (snapshot.Stable ?? snapshot.Wanted) is { } release ? [new ReleaseTarget(release, snapshot.Spec.Replicas, 100)] : [],
            RolledOut = ConditionStatus.Unknown,
            Reason = "Unknown",
            Message = "",
        };
    }
}
