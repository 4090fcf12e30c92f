using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Services;

/// <summary>
/// How many replicas answer and how many should, counted once for everything that a service says of itself: whatever a replica was made
/// from, it is ready if it answers.
/// </summary>
/// <param name="Ready">Replicas of any release that answer, as the status and the columns say.</param>
/// <param name="Wanted">What the service wants now, over all releases of a rollout.</param>
/// <param name="Current">Ready ones that are made from what the spec and the rollout ask for.</param>
/// <param name="Parts">What is wanted of each release; empty where there is one only.</param>
internal sealed record ReplicaTally(int Ready, int Wanted, int Current, string Parts)
{
    /// <summary>Ready ones in whose place others are to come.</summary>
    public int Outdated => Ready - Current;

    public static ReplicaTally Of(
        ServiceSnapshot seen, RolloutDecision decision, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        int current = replicas.Count(replica =>
            replica is { Ready: true, Deleting: false } && releases.Any(release => ReplicaPlan.IsCurrent(release, replica)));
        IEnumerable<string> parts = decision.Targets.Select(target => $"{target.Replicas} of {target.Release.Name}");
        return new ReplicaTally(
            seen.Replicas.Count(ServiceSnapshot.IsReady),
            releases.Sum(static release => release.Replicas),
            current,
            decision.Targets.Count > 1 ? $" ({string.Join(" and ", parts)})" : "");
    }

    /// <summary>A clause without a full stop.</summary>
    public override string ToString() => Ready <= Wanted
        ? $"{Ready} of {Wanted} replicas{Parts} are ready"
        : $"{Ready} {(Ready == 1 ? "replica is" : "replicas are")} ready and {Wanted}{Parts} wanted";
}
