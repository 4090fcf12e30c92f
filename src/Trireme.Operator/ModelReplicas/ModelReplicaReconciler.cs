using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Contracts.Serialization;
using Trireme.Operator.Placement;
using Trireme.Operator.Runtimes;

namespace Trireme.Operator.ModelReplicas;

/// <summary>Keeps one engine running for each replica object and none for objects that are gone.</summary>
internal sealed partial class ModelReplicaReconciler(
    InformerSet informers,
    IResourceClients clients,
    IReplicaRuntime runtime,
    IReplicaPlaces places,
    ReplicaReports reports,
    EventRecorder events,
    OperatorOptions options,
    ILogger<ModelReplicaReconciler> logger,
    TimeProvider time) : IReconciler
{
    /// <summary>A start is watched more closely than a running engine: every moment of it keeps requests waiting.</summary>
    private static readonly TimeSpan StartupPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a release that cannot be started is tried again.</summary>
    private static readonly TimeSpan ObstaclePoll = TimeSpan.FromSeconds(5);

    /// <summary>A hung engine holds a worker for the length of a health timeout; the others must not wait for it.</summary>
    private const int Workers = 16;

    private readonly Informer<ModelReplica> _replicas = informers.Of<ModelReplica>();
    private readonly IResourceClient<ModelReplica> _client = clients.Of<ModelReplica>();
    private readonly ReplicaTimings _timings = options.Replicas;

    public IControlLoop CreateLoop(ControllerFactory controllers) => controllers.For<ModelReplica>()
        .WatchesSource(announce =>
        {
            runtime.Changed += announce;
            places.Decided += announce;

            // Engines an earlier platform left behind are reconciled even if their objects are gone: those are stopped.
            foreach (ResourceKey key in runtime.Known) announce(key);
        })
        .Workers(Workers)
        .Build(ReconcileAsync);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_replicas.Snapshot.Find(key) is not { } replica)
        {
            // No object asks for this engine: it was deleted without our finalizer, or while the platform was away.
            reports.Remove(key);
            return await runtime.StopAsync(key, cancellationToken) ? ReconcileResult.Done : ReconcileResult.After(_timings.StopPoll);
        }

        return replica.Metadata.IsDeleting
            ? await DrainAsync(replica, cancellationToken)
            : await KeepRunningAsync(replica, cancellationToken);
    }

    private async Task<ReconcileResult> KeepRunningAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        ReplicaObservation seen = await runtime.ObserveAsync(replica, cancellationToken);
        if (seen.ExitIsNew) AnnounceExit(replica, seen.LastExit!);
        (string Reason, string Message)? obstacle = null;
        ReplicaPlacement? placement = places.Of(replica);
        if (seen.MayStart && placement is null) return ReconcileResult.After(StartupPoll);
        if (seen.MayStart && placement!.Place is null)
        {
            obstacle = (placement.Reason, placement.Message);
        }
        else if (seen.MayStart)
        {
            StartResult result = await runtime.StartAsync(replica, cancellationToken);
            if (result is StartResult.Started started) seen = started.Observation;
            if (result is StartResult.Failed failed) obstacle = (failed.Reason, failed.Message);
        }

        // Most passes find what the last one found; the status then is as it was.
        if (obstacle is not null || !reports.Cover(replica, seen, placement))
        {
            if (obstacle is { } found) AnnounceObstacle(replica, found.Reason, found.Message);
            replica = await WriteStatusAsync(
                replica, ReplicaStatusPlan.Next(replica, seen, obstacle, placement, time.GetUtcNow()), cancellationToken);
            reports.Add(replica, seen, placement);
        }

        if (obstacle is not null) return ReconcileResult.After(ObstaclePoll);
        return ReconcileResult.After(seen.Phase switch
        {
            ReplicaPhase.Ready => _timings.HealthInterval,
            ReplicaPhase.BackingOff or ReplicaPhase.Failed
                when seen.NextStartDue - time.GetSteadyTime() is { } pause && pause > TimeSpan.Zero => pause,
            _ => StartupPoll < _timings.HealthInterval ? StartupPoll : _timings.HealthInterval,
        });
    }

    private async Task<ReconcileResult> DrainAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        if (!(replica.Metadata.Finalizers ?? []).Contains(TriremeApi.ReplicaFinalizer)) return ReconcileResult.Done;

        // 1. Take it out of routing, and give the routers a moment to see that.
        if (replica.Status?.Phase != ReplicaPhase.Draining)
        {
            bool routed = replica.Status?.Phase == ReplicaPhase.Ready;
            replica = await WriteStatusAsync(replica, ReplicaStatusPlan.Draining(replica, time.GetUtcNow()), cancellationToken);
            if (routed) await Task.Delay(_timings.RoutingPause, time, cancellationToken);
        }

        // 2. Let the engine finish what is open and end; past its time it is killed.
        var key = ResourceKey.Of(replica);
        if (!await runtime.StopAsync(key, cancellationToken)) return ReconcileResult.After(_timings.StopPoll);

        // 3. Let the object go.
        var rest = new JsonArray(
            [.. replica.Metadata.Finalizers!.Where(name => name != TriremeApi.ReplicaFinalizer).Select(name => JsonValue.Create(name))]);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = replica.Metadata.ResourceVersion, ["finalizers"] = rest },
        };
        try
        {
            await _client.PatchAsync(key, patch, cancellationToken);
            LogGone(key);
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            // Someone else let it go first.
        }

        return ReconcileResult.Done;
    }

    private async Task<ModelReplica> WriteStatusAsync(ModelReplica replica, ModelReplicaStatus status, CancellationToken cancellationToken)
    {
        if (CanonicalJson.Same(replica.Status, status)) return replica;
        if (Asleep(status) is { } asleep && Asleep(replica.Status) is null)
        {
            events.Record(replica, EventType.Warning, asleep.Reason!, asleep.Message ?? "");
        }

        if (status.Phase == ReplicaPhase.Ready && replica.Status?.Phase != ReplicaPhase.Ready)
        {
            events.Record(replica, EventType.Normal, "Ready", $"The engine answers at {status.Endpoint}.");
        }

        return await _client.ReplaceStatusAsync(replica with { Status = status }, cancellationToken);
    }

    /// <summary>The condition of a replica whose engine was put to sleep; null where it was not.</summary>
    private static Condition? Asleep(ModelReplicaStatus? status) =>
        status?.Conditions?.FirstOrDefault(static condition => condition.Reason == ReplicaReasons.PutToSleep);

    /// <summary>Said once; the condition says it for as long as it is so.</summary>
    private void AnnounceObstacle(ModelReplica replica, string reason, string message)
    {
        if ((replica.Status?.Conditions).Find(ModelReplicaConditions.Ready)?.Message == message) return;
        events.Record(replica, EventType.Warning, reason, message);
    }

    private void AnnounceExit(ModelReplica replica, ReplicaExit exit)
    {
        // A refusal is a sentence of the engine's own.
        string message = exit.Reason == ExitReason.CannotServe ? $"{exit.Message}." : $"The engine ended: {exit.Message}.";
        EventType type = exit.Reason == ExitReason.Drained ? EventType.Normal : EventType.Warning;
        events.Record(replica, type, exit.Reason.ToString(), message);
        LogExit(ResourceKey.Of(replica), exit.Reason, exit.Message);
    }

    [LoggerMessage(LogLevel.Warning, "Replica {Replica} ended by itself: {Reason}: {Message}")]
    private partial void LogExit(ResourceKey replica, ExitReason reason, string message);

    [LoggerMessage(LogLevel.Information, "Replica {Replica} has drained and is gone")]
    private partial void LogGone(ResourceKey replica);
}
