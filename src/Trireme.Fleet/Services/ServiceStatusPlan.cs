using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Services;

/// <summary>Says in a service's status what was observed and decided.</summary>
public static class ServiceStatusPlan
{
    public static ModelServiceStatus Next(
        ServiceSnapshot seen,
        RolloutDecision decision,
        IReadOnlyList<PlannedRelease> releases,
        IReadOnlyList<ReplicaView> replicas,
        ScalingDecision? scaling,
        DateTimeOffset now)
    {
        ModelService service = seen.Service;
        int ready = seen.Replicas.Count(ServiceSnapshot.IsReady);
        string? noRoom = decision.RolledOut == ConditionStatus.True ? null : seen.PlacementComplaint;
        string message = string.Join(' ', ((string?[])[decision.Message, seen.SamplesProblem, noRoom]).OfType<string>());
        IReadOnlyList<Condition>? conditions = service.Status?.Conditions;
        if (scaling is null) conditions = conditions?.Where(static old => old.Type != ModelServiceConditions.ScalingActive).ToList();
        else Set(ModelServiceConditions.ScalingActive, scaling.Active);
        Set(ModelServiceConditions.Available, ServiceAvailability.Of(seen, decision, releases, replicas));
        Set(ModelServiceConditions.RolledOut, (decision.RolledOut, decision.Reason, message));
        Set(ModelServiceConditions.Scaled, Scaled(seen, decision, releases, replicas));
        Set(ModelServiceConditions.ReleaseReady, ReleaseReady(seen));
        return new ModelServiceStatus
        {
            Conditions = conditions,
            ObservedGeneration = service.Metadata.Generation,
            ReadyReplicas = ready,
            Replicas = seen.Replicas.Count,
            WantedReplicas = service.Spec.Replicas,
            Scaling = scaling?.Status,
            StableRelease = decision.Stable,
            PreviousRelease = decision.Previous,
            Traffic = [.. decision.Targets.Select(target => new ReleaseTraffic
            {
                Name = target.Release.Name,
                ContentHash = target.Release.ContentHash,
                Weight = target.Weight,
                Shadow = target.Copies > 0 ? target.Copies : null,
                ReadyReplicas = seen.ReadyOf(target.Release),
                WantedReplicas = target.Replicas,
                Replicas = seen.Of(target.Release).Count(),
            })],
            Rollout = decision.Rollout,
            Checksum = decision.Checksum,
            History = decision.History.Count > 0 ? decision.History : null,
        };

        void Set(string type, (ConditionStatus Status, string Reason, string Message) state) => conditions = conditions.With(
            new Condition
            {
                Type = type,
                Status = state.Status,
                ObservedGeneration = service.Metadata.Generation,
                Reason = state.Reason,
                Message = state.Message,
            },
            now);
    }

    private static (ConditionStatus Status, string Reason, string Message) Scaled(
        ServiceSnapshot seen, RolloutDecision decision, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        var tally = ReplicaTally.Of(seen, decision, releases, replicas);
        if (tally.Current < tally.Wanted)
        {
            // The old ones answer on until the new ones do.
            string old = tally.Outdated > 0 ? $", {tally.Outdated} of them to be replaced." : ".";
            string? refused = releases.Any(release => ReplicaPlan.Lacks(release, replicas)) ? seen.CreationComplaint : null;
            string? makesRoom = seen.Evictions.Values.FirstOrDefault()?.Message;
            string? noRoom = seen.PlacementComplaint;
            string? first = refused ?? makesRoom ?? noRoom ?? ServiceSnapshot.FirstComplaint(seen.Replicas);
            string complaint = first is null ? "" : " " + first;
            string reason = refused is not null ? ServiceReasons.FailedCreate
                : noRoom is not null ? ServiceReasons.Unschedulable : ServiceReasons.ReplicasStarting;
            return (ConditionStatus.False, reason, $"{tally}{old}{complaint}");
        }

        int more = replicas.Count - tally.Wanted;
        return more > 0 || tally.Current > tally.Wanted
            ? (ConditionStatus.False, ServiceReasons.Replacing, $"{tally}; {more} more than wanted drain and end.")
            : (ConditionStatus.True, ServiceReasons.AllReady, $"{tally}.");
    }

    private static (ConditionStatus Status, string Reason, string Message) ReleaseReady(ServiceSnapshot seen)
    {
        string name = seen.Service.Spec.Release;
        Condition? verified = (seen.WantedRelease?.Status?.Conditions).Find(ReleaseConditions.Verified);
        return seen.ReleaseTrouble(name) switch
        {
            null => (ConditionStatus.True, ServiceReasons.Verified, $"{name} is verified as {seen.WantedRelease!.Status!.ShortHash}."),
            { Reason: ServiceReasons.NoReadyReplica } when verified is { Message.Length: > 0 } => (
                ConditionStatus.Unknown, verified.Reason, $"{name}: {verified.Message}"),
            { Reason: ServiceReasons.NoReadyReplica } => (
                ConditionStatus.Unknown, ServiceReasons.ReleaseNotVerified, $"{name} is being verified."),
            { Reason: ServiceReasons.ReleaseNotUsable } => (ConditionStatus.False, verified!.Reason, $"{name}: {verified.Message}"),
            { } missing => (ConditionStatus.False, missing.Reason, missing.Message),
        };
    }
}
