using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Services;

/// <summary>Reasons of a ModelService's conditions, except RolledOut, whose reasons are the rollout's.</summary>
public static class ServiceReasons
{
    public const string ReplicasReady = "ReplicasReady";
    public const string NoReadyReplica = "NoReadyReplica";

    /// <summary>Every replica that is wanted was tried and cannot start, and no other one is on its way.</summary>
    public const string StartFailed = "StartFailed";

    public const string ScaledToZero = "ScaledToZero";
    public const string AllReady = "AllReady";
    public const string ReplicasStarting = "ReplicasStarting";
    public const string FailedCreate = "FailedCreate";
    public const string Replacing = "Replacing";
    public const string ReleaseNotFound = "ReleaseNotFound";
    public const string ReleaseNotVerified = "ReleaseNotVerified";
    public const string Verified = "Verified";
}

/// <summary>Says in a service's status what was observed and decided.</summary>
public static class ServiceStatusPlan
{
    public static ModelServiceStatus Next(
        ServiceSnapshot seen,
        RolloutDecision decision,
        IReadOnlyList<PlannedRelease> releases,
        IReadOnlyList<ReplicaView> replicas,
        DateTimeOffset now)
    {
        ModelService service = seen.Service;
        int ready = seen.Replicas.Count(ServiceSnapshot.IsReady);
        string message = seen.SamplesProblem is null ? decision.Message : $"{decision.Message} {seen.SamplesProblem}";
        IReadOnlyList<Condition>? conditions = service.Status?.Conditions;
        Set(ModelServiceConditions.Available, Available(seen, releases, replicas, ready));
        Set(ModelServiceConditions.RolledOut, (decision.RolledOut, decision.Reason, message));
        Set(ModelServiceConditions.Scaled, Scaled(seen, releases, replicas));
        Set(ModelServiceConditions.ReleaseReady, ReleaseReady(seen));
        return new ModelServiceStatus
        {
            Conditions = conditions,
            ObservedGeneration = service.Metadata.Generation,
            ReadyReplicas = ready,
            Replicas = seen.Replicas.Count,
            StableRelease = decision.Stable,
            PreviousRelease = decision.Previous,
            Traffic = [.. decision.Targets.Select(target => new ReleaseTraffic
            {
                Name = target.Release.Name,
                ContentHash = target.Release.ContentHash,
                Weight = target.Weight,
                ReadyReplicas = seen.ReadyOf(target.Release),
                Replicas = seen.Of(target.Release).Count(),
            })],
            Rollout = decision.Rollout,
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

    private static (ConditionStatus Status, string Reason, string Message) Available(
        ServiceSnapshot seen, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas, int ready)
    {
        if (ready > 0) return (ConditionStatus.True, ServiceReasons.ReplicasReady, $"{ready} of {seen.Replicas.Count} replicas answer.");
        return seen.Service.Spec.Replicas == 0
            ? (ConditionStatus.False, ServiceReasons.ScaledToZero, "spec.replicas is 0; raise it to serve.")
            : (
                ConditionStatus.False,
                CannotStart(seen, releases, replicas) ? ServiceReasons.StartFailed : ServiceReasons.NoReadyReplica,
                ServiceSnapshot.FirstComplaint(seen.Replicas) ?? CreationComplaint(seen) ?? "No replica runs yet.");
    }

    /// <summary>False while a replica is still to be created or is being started, again or for the first time.</summary>
    private static bool CannotStart(
        ServiceSnapshot seen, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        bool allExist = releases.All(release => replicas.Count(replica => ReplicaPlan.IsCurrent(release, replica)) >= release.Replicas);
        List<ModelReplica> kept = [.. seen.Replicas.Where(static replica => !replica.Metadata.IsDeleting)];
        return allExist && kept.Count > 0 && kept.TrueForAll(ServiceSnapshot.CannotStart);
    }

    private static (ConditionStatus Status, string Reason, string Message) Scaled(
        ServiceSnapshot seen, IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        int wanted = releases.Sum(release => release.Replicas);
        List<ReplicaView> asPlanned = [.. replicas.Where(replica => releases.Any(release => ReplicaPlan.IsCurrent(release, replica)))];
        int current = asPlanned.Count(replica => replica is { Ready: true, Deleting: false });
        int others = replicas.Count - asPlanned.Count;
        if (current < wanted && replicas.Count < wanted && CreationComplaint(seen) is { } refused)
        {
            return (ConditionStatus.False, ServiceReasons.FailedCreate, $"{current} of {wanted} replicas are ready. {refused}");
        }

        if (current < wanted)
        {
            string complaint = ServiceSnapshot.FirstComplaint(seen.Replicas) is { } text ? " " + text : "";
            return (ConditionStatus.False, ServiceReasons.ReplicasStarting, $"{current} of {wanted} replicas are ready.{complaint}");
        }

        return others > 0 || current > wanted || replicas.Count > wanted
            ? (ConditionStatus.False, ServiceReasons.Replacing, $"{replicas.Count - wanted} replicas more than wanted drain and end.")
            : (ConditionStatus.True, ServiceReasons.AllReady, $"{current} of {wanted} replicas are ready.");
    }

    private static (ConditionStatus Status, string Reason, string Message) ReleaseReady(ServiceSnapshot seen)
    {
        string name = seen.Service.Spec.Release;
        if (seen.WantedRelease is not { } release)
        {
            string near = NearestName.Find(name, seen.Releases.Keys) is { } nearest ? $" Did you mean \"{nearest}\"?" : "";
            return (ConditionStatus.False, ServiceReasons.ReleaseNotFound,
                $"No release is called \"{name}\" in this namespace; create it or correct spec.release.{near}");
        }

        Condition? verified = (release.Status?.Conditions).Find(ReleaseConditions.Verified);
        return verified switch
        {
            { Status: ConditionStatus.True } => (
                ConditionStatus.True, ServiceReasons.Verified, $"{name} is verified as {release.Status!.ShortHash}."),
            null => (ConditionStatus.Unknown, ServiceReasons.ReleaseNotVerified, $"{name} is being verified."),
            _ => (ConditionStatus.False, verified.Reason, $"{name}: {verified.Message}"),
        };
    }

    private static string? CreationComplaint(ServiceSnapshot seen) =>
        seen.CreationProblem is { } problem ? $"A replica could not be created: {problem}" : null;
}
