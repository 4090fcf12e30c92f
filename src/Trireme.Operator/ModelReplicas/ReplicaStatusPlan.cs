using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Operator.Placement;
using Trireme.Operator.Runtimes;

namespace Trireme.Operator.ModelReplicas;

/// <summary>Says in a replica's status what the runtime observed.</summary>
internal static class ReplicaStatusPlan
{
    /// <param name="replica">The replica with its last status.</param>
    /// <param name="seen">What its engine does.</param>
    /// <param name="obstacle">Reason and message of what keeps it from being started, if anything.</param>
    /// <param name="placement">Where it sits, or why it does not; null while that is not known.</param>
    /// <param name="now">The time of a transition.</param>
    public static ModelReplicaStatus Next(
        ModelReplica replica,
        ReplicaObservation seen,
        (string Reason, string Message)? obstacle,
        ReplicaPlacement? placement,
        DateTimeOffset now)
    {
        (string reason, string message) = obstacle ?? Explain(replica, seen);
        return new ModelReplicaStatus
        {
            Conditions = Scheduled(
                replica, Ready(replica, seen.Phase == ReplicaPhase.Ready, reason, message, now), placement, now),
            Phase = seen.Phase,
            Place = placement?.Place ?? replica.Status?.Place,
            Endpoint = seen.Endpoint,
            Runtime = seen.Runtime.Name,
            Process = seen.Runtime.Process,
            StartedAt = seen.StartedAt,
            Restarts = seen.Restarts,
            ConsecutiveFailures = seen.ConsecutiveFailures,
            LastExit = seen.LastExit?.ToString(),
            LastTermination = seen.LastExit is { } exit ? Termination(exit) : null,
            LogFile = seen.LogFile,
            Startup = seen.Startup,
            ReadyAt = seen.ReadyAt,
        };
    }

    /// <summary>Takes the replica out of routing; endpoint and process stay, because open streams still use them.</summary>
    public static ModelReplicaStatus Draining(ModelReplica replica, DateTimeOffset now) => (replica.Status ?? new ModelReplicaStatus()) with
    {
        Phase = ReplicaPhase.Draining,
        Conditions = Ready(
            replica,
            false,
            ReplicaReasons.Draining,
            $"Takes no new requests; open streams end first. What is left after {replica.Spec.DrainTimeout} is cut off.",
            now),
    };

    /// <summary>What is true after the platform ended its engines with itself.</summary>
    public static ModelReplicaStatus PlatformStopped(ModelReplica replica, DateTimeOffset now) =>
        (replica.Status ?? new ModelReplicaStatus()) with
    {
        Phase = ReplicaPhase.Pending,
        Endpoint = null,
        Process = null,
        StartedAt = null,
        ReadyAt = null,
        Conditions = Ready(
            replica, false, ReplicaReasons.PlatformStopped, "The platform was stopped; the engine starts again with it.", now),
    };

    private static ReplicaTermination Termination(ReplicaExit exit) => new()
    {
        Reason = exit.Reason.ToString(),
        Message = exit.Message,
        ExitCode = exit.Code,
        StartedAt = exit.StartedAt,
        FinishedAt = exit.At,
    };

    private static (string Reason, string Message) Explain(ModelReplica replica, ReplicaObservation seen) => seen switch
    {
        { Phase: ReplicaPhase.Ready } => (ReplicaReasons.Answering, ""),
        { Phase: ReplicaPhase.Starting, Asleep: true } => (
            ReplicaReasons.PutToSleep,
            "Somebody who has the engine's key put it to sleep; it is told to wake, and started again if it does not."),
        { Phase: ReplicaPhase.Starting, Unhealthy: true } => (
            ReplicaReasons.NotAnswering, "The engine runs but its health checks fail; it is started again if that lasts."),
        { Phase: ReplicaPhase.Starting } => (ReplicaReasons.Loading, "The engine loads the model."),
        { Phase: ReplicaPhase.BackingOff, LastExit: { Reason: ExitReason.ModelFileChanged } exit } => (
            ReplicaReasons.ModelFileChanged, $"The engine ended: {exit.Message}."),
        { Phase: ReplicaPhase.BackingOff } => (ReplicaReasons.BackingOff, BackingOff(replica, seen)),
        { Phase: ReplicaPhase.Failed, Refusal: { } refusal } => (ReplicaReasons.CannotServe, refusal),
        _ => (ReplicaReasons.Starting, "The engine is about to be started."),
    };

    private static string BackingOff(ModelReplica replica, ReplicaObservation seen)
    {
        string next = seen.NextStartAt is { } at
            ? $" It is started again at {at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} UTC."
            : "";
        string logs = $" \"{LogsHint.Command(replica.Metadata.Name, replica.Metadata.Namespace)} --previous\" shows what it said.";
        return $"The engine ended: {seen.LastExit}.{next}{logs}";
    }

    private static IReadOnlyList<Condition> Scheduled(
        ModelReplica replica, IReadOnlyList<Condition> conditions, ReplicaPlacement? placement, DateTimeOffset now) =>
        placement is null ? conditions : conditions.With(
            new Condition
            {
                Type = ModelReplicaConditions.Scheduled,
                Status = placement.Place is null ? ConditionStatus.False : ConditionStatus.True,
                ObservedGeneration = replica.Metadata.Generation,
                Reason = placement.Reason,
                Message = placement.Message,
            },
            now);

    private static IReadOnlyList<Condition> Ready(ModelReplica replica, bool ready, string reason, string message, DateTimeOffset now) =>
        (replica.Status?.Conditions).With(
            new Condition
            {
                Type = ModelReplicaConditions.Ready,
                Status = ready ? ConditionStatus.True : ConditionStatus.False,
                ObservedGeneration = replica.Metadata.Generation,
                Reason = reason,
                Message = message,
            },
            now);
}
