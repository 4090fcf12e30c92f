using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Services;

/// <summary>Whether a service answers, and where it does not, whether anything is on its way that may.</summary>
public static class ServiceAvailability
{
    /// <summary>
    /// Why nobody should wait for the service: no replica answers, and none will until a person changes something. Null while one may.
    /// </summary>
    /// <param name="service">The service as it is recorded.</param>
    public static string? NoHopeBecause(ModelService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (service.Metadata.IsDeleting) return "The service is being deleted; apply it again once it is gone.";
        return (service.Status?.Conditions).Find(ModelServiceConditions.Available) is
        {
            Status: ConditionStatus.False,
            Reason: ServiceReasons.StartFailed or ServiceReasons.FailedCreate or ServiceReasons.Unschedulable
                or ServiceReasons.ReleaseNotFound or ServiceReasons.ReleaseNotUsable,
            ObservedGeneration: var observed,
        } available
        && observed >= service.Metadata.Generation // What was found of an older spec says nothing about this one.
            ? available.Message
            : null;
    }

    /// <summary>The condition Available.</summary>
    internal static (ConditionStatus Status, string Reason, string Message) Of(
        ServiceSnapshot seen, RolloutDecision decision, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        var tally = ReplicaTally.Of(seen, decision, releases, replicas);
        if (tally.Ready > 0) return (ConditionStatus.True, ServiceReasons.ReplicasReady, $"{tally}.");
        if (seen.Service.Spec.Replicas == 0)
        {
            string how = seen.Service.Spec.Scaling is null
                ? "spec.replicas is 0; raise it to serve."
                : "It sleeps, because nobody asked for a while; the next request wakes it.";
            return (ConditionStatus.False, ServiceReasons.ScaledToZero, how);
        }

        (string reason, string? message) = WhyNot(seen, decision, releases, replicas);
        if (reason == ServiceReasons.NoReadyReplica && decision.Reason == RolloutReasons.Recreating) message = decision.Message;
        return (ConditionStatus.False, reason, message ?? "No replica runs yet.");
    }

    private static (string Reason, string? Message) WhyNot(
        ServiceSnapshot seen, RolloutDecision decision, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        string? refused = seen.CreationComplaint;
        string? complaint = ServiceSnapshot.FirstComplaint(seen.Replicas) ?? refused;
        List<ModelReplica> kept = [.. seen.Replicas.Where(static replica => !replica.Metadata.IsDeleting)];
        if (kept.Exists(static replica => !ServiceSnapshot.CannotStart(replica))) return (ServiceReasons.NoReadyReplica, complaint);

        if (releases.Any(release => ReplicaPlan.Lacks(release, replicas)))
        {
            return refused is null ? (ServiceReasons.NoReadyReplica, complaint) : (ServiceReasons.FailedCreate, refused);
        }

        if (seen.PlacementComplaint is { } noRoom) return (ServiceReasons.Unschedulable, noRoom);
        if (kept.Count > 0) return (ServiceReasons.StartFailed, complaint);
        // Nothing is there and nothing can be made: that is for the release to say.
        ReleaseRef? target = decision.Targets is [{ } first, ..] ? first.Release : null;
        if (seen.ReleaseTrouble(target?.Name ?? seen.Service.Spec.Release) is { } trouble) return trouble;
        return target is null
            ? (ServiceReasons.NoReadyReplica, complaint)
            : (ServiceReasons.ReleaseNotUsable, $"Release {target.Name} is not what it was when it served: its content is another one now. "
                + "Name it, or another release, in spec.release.");
    }
}
