using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;

namespace Trireme.Waiting;

/// <summary>Whether an object is as it should be, on its way there, or cannot get there.</summary>
/// <param name="State">Which of the three.</param>
/// <param name="Message">What it is, waits for or lacks, as one sentence.</param>
internal sealed record Readiness(ReadinessState State, string Message)
{
    public static Readiness Of(Release release)
    {
        Condition? verified = (release.Status?.Conditions).Find(ReleaseConditions.Verified);
        if (verified is null || Older(verified.ObservedGeneration, release.Metadata)) return Waiting("its files are being verified");
        return verified.Status == ConditionStatus.True
            ? new Readiness(ReadinessState.Ready, $"verified as {release.Status!.ShortHash}")
            : new Readiness(ReadinessState.Impossible, verified.Message);
    }

    /// <param name="service">The service.</param>
    /// <param name="replicas">Its replicas.</param>
    public static Readiness Of(ModelService service, IReadOnlyList<ModelReplica> replicas)
    {
        ModelServiceStatus? status = service.Status;
        if (status is null || Older(status.ObservedGeneration, service.Metadata)) return Waiting("it is being looked at");
        if (Refusal(service, replicas) is { } refusal) return new Readiness(ReadinessState.Impossible, refusal);
        Condition? waitsFor = Unmet(status.Conditions, ModelServiceConditions.ReleaseReady)
            ?? Unmet(status.Conditions, ModelServiceConditions.RolledOut)
            ?? (DecidedReplicas.Of(service) == 0 ? null : Unmet(status.Conditions, ModelServiceConditions.Available))
            ?? Unmet(status.Conditions, ModelServiceConditions.Scaled);
        if (waitsFor is not null) return Waiting(waitsFor.Message.TrimEnd('.'));
        return new Readiness(
            ReadinessState.Ready, $"{status.ReadyReplicas} of {DecidedReplicas.Of(service)} replicas serve {service.Spec.Release}");
    }

    /// <summary>Why waiting would be in vain; null while it need not be.</summary>
    private static string? Refusal(ModelService service, IReadOnlyList<ModelReplica> replicas)
    {
        if ((service.Status!.Conditions).Find(ModelServiceConditions.ReleaseReady) is { Status: ConditionStatus.False } release)
        {
            return release.Message;
        }

        if (DecidedReplicas.Of(service) > 0 && ServiceAvailability.NoHopeBecause(service) is { } hopeless) return hopeless;
        if ((service.Status.Conditions).Find(ModelServiceConditions.Scaled)
            is { Status: ConditionStatus.False, Reason: ServiceReasons.FailedCreate } unscaled)
        {
            return unscaled.Message;
        }

        RolloutStatus? rollout = service.Status.Rollout;
        bool isHeld = OutcomeWords.IsHeld(rollout), isTakenBack = rollout?.Phase == RolloutPhase.RolledBack;
        if (rollout?.To.Name == service.Spec.Release && (isHeld || isTakenBack) && !RolloutWords.ArePending(service))
        {
            string what = isHeld ? "is held for a person" : "was rolled back";
            string why = (service.Status.Conditions).Find(ModelServiceConditions.RolledOut)?.Message ?? "";
            return $"the rollout to {rollout.To.Name} {what}: {why}";
        }

        ModelReplica? failed = replicas.FirstOrDefault(replica =>
            replica.Spec.Release == service.Spec.Release && replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Failed });
        return failed is null ? null : (failed.Status!.Conditions).Find(ModelReplicaConditions.Ready)?.Message;
    }

    private static Condition? Unmet(IReadOnlyList<Condition>? conditions, string type) =>
        conditions.Find(type) is { Status: ConditionStatus.True } ? null : conditions.Find(type) ?? new Condition
        {
            Type = type,
            Status = ConditionStatus.Unknown,
            Reason = "Unknown",
            Message = $"{type} is not known yet",
        };

    private static Readiness Waiting(string message) => new(ReadinessState.Waiting, message);

    private static bool Older(long? observed, ObjectMeta metadata) => (observed ?? 0) < (metadata.Generation ?? 0);
}

/// <summary>How far an object is.</summary>
internal enum ReadinessState
{
    Waiting,
    Ready,

    /// <summary>It will not become ready by itself.</summary>
    Impossible,
}
