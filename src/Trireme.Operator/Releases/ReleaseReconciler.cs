using Microsoft.Extensions.Logging;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Contracts.Serialization;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Releases;

/// <summary>Keeps a release's status true to what is on disk.</summary>
internal sealed partial class ReleaseReconciler(
    InformerSet informers,
    IResourceClients clients,
    IReleaseReader reader,
    ReleaseSources sources,
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

    /// <summary>Most models of a laptop are read in less; a status that flickers tells nobody anything.</summary>
    private static readonly TimeSpan LongReading = TimeSpan.FromSeconds(5);

    private readonly Informer<Release> _releases = informers.Of<Release>();
    private readonly IResourceClient<Release> _client = clients.Of<Release>();

    public IControlLoop CreateLoop(ControllerFactory controllers) => controllers.For<Release>()
        .Watches<ModelReplica>(Suspects)
        .Workers(ConcurrentLooksMax)
        .Build(ReconcileAsync);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_releases.Snapshot.Find(key) is not { Metadata.IsDeleting: false } release) return ReconcileResult.Done;

        using var watch = new ReleaseWatch(_releases, release, cancellationToken);
        var writer = new StatusWriter(this, release);
        try
        {
            return await ReconcileAsync(writer, watch.Token);
        }
        catch (OperationCanceledException) when (watch.Token.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The release was deleted or changed meanwhile, which has brought its key to the queue again.
            return ReconcileResult.Done;
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(StatusWriter writer, CancellationToken cancellationToken)
    {
        LocatedFiles located = await sources.LocateAsync(
            writer.Release,
            (statuses, way) => writer.TryWriteAsync(
                ReleaseStatusPlan.NotHere(writer.Release, statuses, way, time.GetUtcNow()), cancellationToken),
            cancellationToken);
        if (located is not { Files: { } files })
        {
            FetchProblem problem = located.Problem!;
            await writer.WriteAsync(
                ReleaseStatusPlan.NotHere(writer.Release, located.Statuses ?? [], problem, time.GetUtcNow()), cancellationToken);
            return ReconcileResult.After(FetchRetry.After(problem));
        }

        ReleaseObservation seen = await ReadAsync(writer, located, files, cancellationToken);

        // Bytes that went bad in the store are had again from where they came.
        if (sources.Distrust(located, seen)) return ReconcileResult.After(TimeSpan.Zero);
        ReleaseStatus status = ReleaseStatusPlan.Next(writer.Release, seen, time.GetUtcNow()) with { Sources = located.Statuses };
        await writer.WriteAsync(status, cancellationToken);
        bool verified = status.Conditions.IsTrue(ReleaseConditions.Verified);
        TimeSpan interval = options.ReleaseRecheckInterval;
        return ReconcileResult.After(verified || interval < MissingRecheck ? interval : MissingRecheck);
    }

    /// <summary>Reads the files; of a release that was never verified the status says so where it takes long.</summary>
    private async Task<ReleaseObservation> ReadAsync(
        StatusWriter writer, LocatedFiles located, EngineFiles files, CancellationToken cancellationToken)
    {
        Task<ReleaseObservation> reading = reader.ReadAsync(files, ReleaseStatusPlan.ComparesParts(writer.Release), cancellationToken);
        if (writer.Release.Status?.ContentHash is not null || reading.IsCompleted) return await reading;
        using (var quick = new CancellationTokenSource())
        {
            await Task.WhenAny(reading, Task.Delay(LongReading, time, quick.Token));
            quick.Cancel();
        }

        if (!reading.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            var problem = FetchProblem.Unknown(ReleaseReasons.Reading, "Its files are read to the last byte; large ones take minutes.");
            ReleaseStatus status = ReleaseStatusPlan.NotHere(writer.Release, located.Statuses ?? [], problem, time.GetUtcNow());
            try
            {
                await writer.TryWriteAsync(status, cancellationToken);
            }
            catch (Exception exception) when (exception is ApiException or HttpRequestException)
            {
                // A word that cannot be written now must not end the reading.
            }
        }

        return await reading;
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
        bool isExpected = after.Status == ConditionStatus.True || after.Reason is FetchReasons.Fetching or ReleaseReasons.Reading;
        events.Record(release, isExpected ? EventType.Normal : EventType.Warning, after.Reason, after.Message);
        if (after.Status == ConditionStatus.True) LogVerified(ResourceKey.Of(release), status.ShortHash!);
        else if (isExpected) LogFetching(ResourceKey.Of(release), after.Message);
        else LogRefused(ResourceKey.Of(release), after.Reason, after.Message);
    }

    [LoggerMessage(LogLevel.Information, "Release {Release} is verified as {ShortHash}")]
    private partial void LogVerified(ResourceKey release, string shortHash);

    [LoggerMessage(LogLevel.Information, "Release {Release}: {Message}")]
    private partial void LogFetching(ResourceKey release, string message);

    [LoggerMessage(LogLevel.Warning, "Release {Release} is not usable: {Reason}: {Message}")]
    private partial void LogRefused(ResourceKey release, string reason, string message);

    /// <summary>Writes the statuses of one look at a release, each on top of the one before.</summary>
    private sealed class StatusWriter(ReleaseReconciler owner, Release release)
    {
        public Release Release { get; private set; } = release;

        public async Task WriteAsync(ReleaseStatus status, CancellationToken cancellationToken)
        {
            if (CanonicalJson.Same(Release.Status, status)) return;
            Release before = Release;
            Release = await owner._client.ReplaceStatusAsync(Release with { Status = status }, cancellationToken);
            owner.Announce(before, status);
        }

        /// <summary>How far a fetch is may be told later as well: the fetch must not end because someone wrote a label.</summary>
        public async Task TryWriteAsync(ReleaseStatus status, CancellationToken cancellationToken)
        {
            try
            {
                await WriteAsync(status, cancellationToken);
            }
            catch (ApiException exception) when (exception.IsConflict)
            {
                Release = owner._releases.Snapshot.Find(ResourceKey.Of(Release)) ?? Release;
            }
        }
    }
}

/// <summary>When what is not here is tried again.</summary>
internal static class FetchRetry
{
    /// <summary>Someone is probably about to mend it.</summary>
    private static readonly TimeSpan AfterVerdict = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan AfterSilence = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static TimeSpan After(FetchProblem problem)
    {
        TimeSpan own = problem.IsVerdict ? AfterVerdict : AfterSilence;
        if (problem.RetryAfter is not { } asked || asked < own) return own;
        return asked < Longest ? asked : Longest;
    }
}
