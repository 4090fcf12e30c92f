using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Hashing;
using Trireme.Operator.Runtimes;

namespace Trireme.Operator.ModelReplicas;

/// <summary>Keeps one engine running for each replica object and none for objects that are gone.</summary>
internal sealed partial class ModelReplicaReconciler(
    Informer<ModelReplica> replicas,
    IResourceClient<ModelReplica> client,
    IReplicaRuntime runtime,
    EventRecorder events,
    ReplicaTimings timings,
    ILogger<ModelReplicaReconciler> logger,
    TimeProvider time)
{
    /// <summary>A start is watched more closely than a running engine: every moment of it keeps requests waiting.</summary>
    private static readonly TimeSpan StartupPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>How often a release that cannot be started is looked at again.</summary>
    private static readonly TimeSpan ObstaclePoll = TimeSpan.FromSeconds(5);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (replicas.Snapshot.Find(key) is not { } replica)
        {
            // No object asks for this engine: it was deleted without our finalizer, or while the platform was away.
            return await runtime.StopAsync(key, cancellationToken) ? ReconcileResult.Done : ReconcileResult.After(timings.StopPoll);
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
        if (seen.MayStart)
        {
            StartResult result = await runtime.StartAsync(replica, cancellationToken);
            if (result is StartResult.Started started) seen = started.Observation;
            if (result is StartResult.Failed failed) obstacle = (failed.Reason, failed.Message);
        }

        await WriteStatusAsync(replica, ReplicaStatusPlan.Next(replica, seen, obstacle, time.GetUtcNow()), cancellationToken);
        if (obstacle is not null) return ReconcileResult.After(ObstaclePoll);
        return ReconcileResult.After(seen.Phase switch
        {
            ReplicaPhase.Ready => timings.HealthInterval,
            ReplicaPhase.BackingOff when seen.NextStartAt - time.GetUtcNow() is { } pause && pause > TimeSpan.Zero => pause,
            _ => StartupPoll < timings.HealthInterval ? StartupPoll : timings.HealthInterval,
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
            if (routed) await Task.Delay(timings.RoutingPause, time, cancellationToken);
        }

        // 2. Let the engine finish what is open and end; past its time it is killed.
        var key = ResourceKey.Of(replica);
        if (!await runtime.StopAsync(key, cancellationToken)) return ReconcileResult.After(timings.StopPoll);

        // 3. Let the object go.
        var rest = new JsonArray(
            [.. replica.Metadata.Finalizers!.Where(name => name != TriremeApi.ReplicaFinalizer).Select(name => JsonValue.Create(name))]);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = replica.Metadata.ResourceVersion, ["finalizers"] = rest },
        };
        try
        {
            await client.PatchAsync(key, patch, cancellationToken);
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
        if (status.Phase == ReplicaPhase.Ready && replica.Status?.Phase != ReplicaPhase.Ready)
        {
            events.Record(replica, EventType.Normal, "Ready", $"The engine answers at {status.Endpoint}.");
        }

        return await client.ReplaceStatusAsync(replica with { Status = status }, cancellationToken);
    }

    private void AnnounceExit(ModelReplica replica, ReplicaExit exit)
    {
        events.Record(replica, EventType.Warning, exit.Reason.ToString(), $"The engine ended: {exit.Message}.");
        LogExit(ResourceKey.Of(replica), exit.Reason, exit.Message);
    }

    [LoggerMessage(LogLevel.Warning, "Replica {Replica} ended by itself: {Reason}: {Message}")]
    private partial void LogExit(ResourceKey replica, ExitReason reason, string message);

    [LoggerMessage(LogLevel.Information, "Replica {Replica} has drained and is gone")]
    private partial void LogGone(ResourceKey replica);
}
