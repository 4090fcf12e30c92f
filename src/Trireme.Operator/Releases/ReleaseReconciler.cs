using Microsoft.Extensions.Logging;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Contracts.Serialization;
using Trireme.Operator.ModelReplicas;

namespace Trireme.Operator.Releases;

/// <summary>Keeps a release's status true to what is on disk.</summary>
internal sealed partial class ReleaseReconciler(
    InformerSet informers,
    IResourceClients clients,
    IReleaseReader reader,
    EventRecorder events,
    OperatorOptions options,
    ILogger<ReleaseReconciler> logger,
    TimeProvider time) : IReconciler
{
    /// <summary>A missing model is looked for more often: someone is probably about to put it there.</summary>
    private static readonly TimeSpan MissingRecheck = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Releases looked at at the same time. A worker waits for the disk; how much is hashed at a time is <see cref="FileDigests"/>' affair,
    /// and a small release must find a worker while many large ones are read.
    /// </summary>
    private const int ConcurrentLooksMax = 256;

    private readonly Informer<Release> _releases = informers.Of<Release>();
    private readonly IResourceClient<Release> _client = clients.Of<Release>();

    public IControlLoop CreateLoop(ControllerFactory controllers) => controllers.For<Release>()
        .Watches<ModelReplica>(Suspects)
        .Workers(ConcurrentLooksMax)
        .Build(ReconcileAsync);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_releases.Snapshot.Find(key) is not { Metadata.IsDeleting: false } release) return ReconcileResult.Done;

        if (await ReadAsync(release, cancellationToken) is not { } seen) return ReconcileResult.Done;
        ReleaseStatus status = ReleaseStatusPlan.Next(release, seen, time.GetUtcNow());
        if (!CanonicalJson.Same(release.Status, status))
        {
            await _client.ReplaceStatusAsync(release with { Status = status }, cancellationToken);
            Announce(release, status);
        }

        bool verified = status.Conditions.IsTrue(ReleaseConditions.Verified);
        TimeSpan interval = options.ReleaseRecheckInterval;
        return ReconcileResult.After(verified || interval < MissingRecheck ? interval : MissingRecheck);
    }

    /// <summary>Null if the release was deleted or changed meanwhile, which has brought its key to the queue again.</summary>
    private async Task<ReleaseObservation?> ReadAsync(Release release, CancellationToken cancellationToken)
    {
        using var watch = new ReleaseWatch(_releases, release, cancellationToken);
        try
        {
            return await reader.ReadAsync(EngineFiles.Of(release.Spec), watch.Token);
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>An engine that found a file changed, or may not start on what is there, is a reason to look at once.</summary>
    private static IEnumerable<ResourceKey> Suspects(ModelReplica replica)
    {
        string? reason = (replica.Status?.Conditions).Find(ModelReplicaConditions.Ready)?.Reason;
        return reason is ReplicaReasons.ModelFileChanged or ReplicaReasons.ReleaseNotUsable
            ? [new ResourceKey(replica.Metadata.Namespace ?? "", replica.Spec.Release)]
            : [];
    }

    private void Announce(Release release, ReleaseStatus status)
    {
        Condition? before = (release.Status?.Conditions).Find(ReleaseConditions.Verified);
        Condition after = status.Conditions.Find(ReleaseConditions.Verified)!;
        if (before?.Reason == after.Reason) return;
        bool verified = after.Status == ConditionStatus.True;
        events.Record(release, verified ? EventType.Normal : EventType.Warning, after.Reason, after.Message);
        if (verified) LogVerified(ResourceKey.Of(release), status.ShortHash!);
        else LogRefused(ResourceKey.Of(release), after.Reason, after.Message);
    }

    [LoggerMessage(LogLevel.Information, "Release {Release} is verified as {ShortHash}")]
    private partial void LogVerified(ResourceKey release, string shortHash);

    [LoggerMessage(LogLevel.Warning, "Release {Release} is not usable: {Reason}: {Message}")]
    private partial void LogRefused(ResourceKey release, string reason, string message);
}
