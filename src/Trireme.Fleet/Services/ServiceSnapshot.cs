using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Services;

/// <summary>One service with everything its decision is made from, read at one moment.</summary>
public sealed record ServiceSnapshot
{
    /// <summary>Ends of a release's replicas in a row, with none of them ready, after which the release cannot start.</summary>
    private const int CrashLoopFailures = 3;

    public required ModelService Service { get; init; }

    /// <summary>The service's releases by name, as far as they exist.</summary>
    public required IReadOnlyDictionary<string, Release> Releases { get; init; }

    /// <summary>Replicas the service owns.</summary>
    public required IReadOnlyList<ModelReplica> Replicas { get; init; }

    public RolloutSamples Samples { get; init; } = RolloutSamples.None;

    /// <summary>False while nobody has tried to read them.</summary>
    public bool SamplesWereRead { get; init; } = true;

    /// <summary>Why samples are missing, for people; null if none are.</summary>
    public string? SamplesProblem { get; init; }

    public ServiceKey Key => new(Service.Metadata.Namespace!, Service.Metadata.Name);

    public Release? WantedRelease => Releases.GetValueOrDefault(Service.Spec.Release);

    /// <summary>The release the spec names, once it is usable.</summary>
    public ReleaseRef? Wanted => WantedRelease is { Metadata.IsDeleting: false } release
        && release.Status is { ContentHash: { } hash } status
        && status.Conditions.IsTrue(ReleaseConditions.Verified)
            ? new ReleaseRef { Name = release.Metadata.Name, ContentHash = hash }
            : null;

    public static bool IsReady(ModelReplica replica) => replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Ready };

    public IEnumerable<ModelReplica> Of(ReleaseRef release) => Replicas.Where(replica => replica.Spec.ContentHash == release.ContentHash);

    public int ReadyOf(ReleaseRef? release) => release is null ? 0 : Of(release).Count(IsReady);

    /// <summary>A release with this content that replicas can be made from, whatever its name.</summary>
    public Release? UsableRelease(ReleaseRef wanted)
    {
        // The name is right but for releases that were deleted and applied again under another one.
        if (Releases.GetValueOrDefault(wanted.Name) is { } named && IsUsable(named, wanted)) return named;
        foreach (Release release in Releases.Values)
        {
            if (IsUsable(release, wanted)) return release;
        }

        return null;
    }

    private static bool IsUsable(Release release, ReleaseRef wanted) =>
        release.Status is { ResolvedPath: not null } status
        && status.ContentHash == wanted.ContentHash
        && status.Conditions.IsTrue(ReleaseConditions.Verified);

    public RolloutSnapshot ToRollout(DateTimeOffset now) => new()
    {
        Now = now,
        Spec = Service.Spec,
        Wanted = Wanted,
        Stable = Service.Status?.StableRelease,
        Previous = Service.Status?.PreviousRelease,
        Rollout = Service.Status?.Rollout,
        StableReady = ReadyOf(Service.Status?.StableRelease),
        WantedReady = ReadyOf(Wanted),
        CandidateReady = Service.Status?.Rollout is { } moving ? ReadyOf(moving.To) : null,
        WantedFailure = Failure(Wanted),
        PromoteRequested = Service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.PromoteAnnotation),
        Samples = Samples,
        SamplesWereRead = SamplesWereRead,
    };

    private string? Failure(ReleaseRef? release)
    {
        if (release is null || ReadyOf(release) > 0) return null;
        ModelReplica? failing = Of(release).FirstOrDefault(static replica => !replica.Metadata.IsDeleting
            && replica.Status is { Phase: ReplicaPhase.BackingOff, ConsecutiveFailures: >= CrashLoopFailures });
        return failing is null
            ? null
            : $"replica {failing.Metadata.Name} ended {failing.Status!.ConsecutiveFailures} times in a row, last {failing.Status.LastExit}";
    }
}
