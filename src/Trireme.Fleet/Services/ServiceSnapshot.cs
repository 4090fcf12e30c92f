using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Contracts.Validation;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;

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

    /// <summary>
    /// How long what <see cref="Stage"/> names has gone on, as far as this platform measured it; never less than what is recorded of it.
    /// </summary>
    public TimeSpan Elapsed { get; init; }

    public RolloutSamples Samples { get; init; } = RolloutSamples.None;

    /// <summary>False while nobody has tried to read them.</summary>
    public bool SamplesWereRead { get; init; } = true;

    /// <summary>Why samples are missing, for people; null if none are.</summary>
    public string? SamplesProblem { get; init; }

    /// <summary>What is remembered of the load, of a service with spec.scaling; null where nobody looks at it.</summary>
    public ScalingMemory? Load { get; init; }

    /// <summary>The steady time of the snapshot, by which scaling measures.</summary>
    public TimeSpan SteadyNow { get; init; }

    /// <summary>Why a replica could not be created when that was last tried, for people; null if it could.</summary>
    public string? CreationProblem { get; init; }

    /// <summary>Replicas that make room for another service's, by name.</summary>
    public IReadOnlyDictionary<string, Eviction> Evictions { get; init; } = new Dictionary<string, Eviction>();

    public ServiceKey Key => new(Service.Metadata.Namespace!, Service.Metadata.Name);

    public Release? WantedRelease => Releases.GetValueOrDefault(Service.Spec.Release);

    /// <summary>The release the spec names, once it is usable.</summary>
    public ReleaseRef? Wanted => WantedRelease is { Metadata.IsDeleting: false } release
        && release.Status is { ContentHash: { } hash } status
        && status.Conditions.IsTrue(ReleaseConditions.Verified)
            ? new ReleaseRef { Name = release.Metadata.Name, ContentHash = hash }
            : null;

    /// <summary>
    /// What the service's clock measures: a move that is under way, or the wait for the first release. Null while there is nothing to
    /// measure. Another text is another clock, which starts with what is recorded.
    /// </summary>
    public string? Stage => Service.Status?.StableRelease is null
        ? $"{Service.Metadata.Uid} first {Wanted?.ContentHash} {DecidedReplicas.Of(Service) > 0}"
        : Service.Status.Rollout is { } rollout && RolloutPlanner.IsMoving(rollout)
            ? $"{Service.Metadata.Uid} {rollout.Id} {rollout.To.ContentHash} {rollout.StartedAt:O}"
            : null;

    /// <summary>How much of it is recorded.</summary>
    public TimeSpan RecordedElapsed =>
        Service.Status is { StableRelease: not null, Rollout: { } rollout } ? RolloutTimes.Recorded(rollout) : TimeSpan.Zero;

    /// <summary>How long the current step has had its traffic.</summary>
    public TimeSpan StepElapsed =>
        Service.Status?.Rollout is { } rollout && Elapsed > rollout.StepStartedAfter ? Elapsed - rollout.StepStartedAfter : TimeSpan.Zero;

    public static bool IsReady(ModelReplica replica) => replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Ready };

    /// <summary>
    /// Whether a replica said that it cannot serve, waits after so many ends in a row that its release cannot start, or may not be started.
    /// </summary>
    public static bool CannotStart(ModelReplica replica) => IsCrashLooping(replica)
        || replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Failed }
        || IsKeptFromStarting(replica);

    private static bool IsCrashLooping(ModelReplica replica) => replica is
    {
        Metadata.IsDeleting: false,
        Status: { Phase: ReplicaPhase.BackingOff, ConsecutiveFailures: >= CrashLoopFailures },
    };

    private static bool IsKeptFromStarting(ModelReplica replica) =>
        replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Pending or ReplicaPhase.BackingOff }
        && replica.Status.Conditions.Find(ModelReplicaConditions.Ready)?.Reason
            is ReplicaReasons.ReleaseNotUsable or ReplicaReasons.StartFailed or ReplicaReasons.Unschedulable;

    /// <summary>Whether no pool has room for a replica.</summary>
    internal static bool IsUnschedulable(ModelReplica replica) => IsKeptFromStarting(replica)
        && replica.Status!.Conditions.Find(ModelReplicaConditions.Ready)?.Reason == ReplicaReasons.Unschedulable;

    /// <summary>What the first replica without a place needs and what would help; null where all have one.</summary>
    internal string? PlacementComplaint => FirstComplaint(Replicas.Where(IsUnschedulable));

    public IEnumerable<ModelReplica> Of(ReleaseRef release) => Replicas.Where(replica => replica.Spec.ContentHash == release.ContentHash);

    public int ReadyOf(ReleaseRef? release) => release is null ? 0 : Of(release).Count(IsReady);

    /// <summary>Releases with their ready replicas, without those named.</summary>
    public IReadOnlyList<RunningRelease> RunningBut(IReadOnlyList<string> replicas) =>
    [
        .. Replicas.Where(replica => IsReady(replica) && !replicas.Contains(replica.Metadata.Name))
            .GroupBy(static replica => replica.Spec.ContentHash)
            .Select(static of => new RunningRelease(
                new ReleaseRef { Name = of.First().Spec.Release, ContentHash = of.Key },
                of.Count(),
                of.Min(static replica => replica.Metadata.CreationTimestamp ?? DateTimeOffset.MaxValue))),
    ];

    /// <summary>The same, of a service that says itself that it wants so many replicas: for those to whom it is one who decides.</summary>
    internal ServiceSnapshot Sized(int replicas) =>
        this with { Service = Service with { Spec = Service.Spec with { Replicas = replicas } } };

    internal ScalingSnapshot ToScaling(ScalingSpec scaling, DateTimeOffset now) => new()
    {
        Scaling = scaling,
        Recorded = Service.Status?.Scaling,
        Memory = Load,
        Now = new Moment(now, SteadyNow),
        Ready = Replicas.Count(IsReady),
        HasServed = Service.Status?.StableRelease is not null,
    };

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
        Elapsed = Elapsed > RecordedElapsed ? Elapsed : RecordedElapsed,
        Service = Key,
        ServiceUid = Service.Metadata.Uid ?? "",
        Spec = Service.Spec,
        Wanted = Wanted,
        WantedProblem = WantedProblem,
        Stable = Service.Status?.StableRelease,
        Previous = Service.Status?.PreviousRelease,
        Rollout = Service.Status?.Rollout,
        History = Service.Status?.History ?? [],
        Checksum = Service.Status?.Checksum,
        Running = RunningBut([]),
        StableReady = ReadyOf(Service.Status?.StableRelease),
        WantedReady = ReadyOf(Wanted),
        CandidateReady = Service.Status?.Rollout is { } moving ? ReadyOf(moving.To) : null,
        WantedFailure = Failure(Wanted),
        WantedComplaint = Wanted is { } wanted ? FirstComplaint(Of(wanted)) : null,
        PromoteOrder = Service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.PromoteAnnotation),
        UndoOrder = Service.Metadata.Annotations?.GetValueOrDefault(TriremeApi.UndoAnnotation),
        Samples = Samples,
        SamplesWereRead = SamplesWereRead,
    };

    /// <summary>What the first replica that does not answer has to say.</summary>
    public static string? FirstComplaint(IEnumerable<ModelReplica> replicas)
    {
        foreach (ModelReplica replica in replicas)
        {
            if (replica.Metadata.IsDeleting || IsReady(replica)) continue;
            if ((replica.Status?.Conditions).Find(ModelReplicaConditions.Ready) is { Message.Length: > 0 } condition)
            {
                return $"{replica.Metadata.Name}: {condition.Message}";
            }
        }

        return null;
    }

    private string? WantedProblem => Wanted is not null
        ? null
        : ReleaseTrouble(Service.Spec.Release)?.Message ?? $"Release {Service.Spec.Release} is being verified.";

    /// <summary>What keeps a release from being run, as a reason of the service's and a sentence; null where nothing does.</summary>
    internal (string Reason, string Message)? ReleaseTrouble(string name)
    {
        if (Releases.GetValueOrDefault(name) is not { } release)
        {
            string near = NearestName.Find(name, Releases.Keys) is { } nearest ? $" Did you mean \"{nearest}\"?" : "";
            string what = $"No release is called \"{name}\" in this namespace; create it or correct spec.release.{near}";
            return (ServiceReasons.ReleaseNotFound, what);
        }

        if (release.Metadata.IsDeleting)
        {
            return (ServiceReasons.ReleaseNotFound, $"Release {name} is being deleted; name another one in spec.release.");
        }

        return release.Status?.Conditions.Find(ReleaseConditions.Verified) switch
        {
            { Status: ConditionStatus.True } => null,
            { Status: ConditionStatus.False } refused => (
                ServiceReasons.ReleaseNotUsable, $"Release {name} is not usable: {refused.Message}"),

            // Files that are on their way, or whose server does not answer, speak against nothing.
            { Status: ConditionStatus.Unknown, Message.Length: > 0 } waits => (
                ServiceReasons.NoReadyReplica, $"Release {name} is not ready yet: {waits.Message}"),
            _ => (ServiceReasons.NoReadyReplica, $"Release {name} is being verified."),
        };
    }

    /// <summary>Why a replica could not be created, as a sentence; null if it could.</summary>
    internal string? CreationComplaint => CreationProblem is { } problem ? $"A replica could not be created: {problem}" : null;

    private string? Failure(ReleaseRef? release)
    {
        if (release is null || ReadyOf(release) > 0) return null;
        ModelReplica? refused = Of(release).FirstOrDefault(
            static replica => replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Failed });
        if (refused is not null)
        {
            return $"replica {refused.Metadata.Name} cannot serve it: "
                + (refused.Status!.Conditions).Find(ModelReplicaConditions.Ready)?.Message.TrimEnd('.');
        }

        ModelReplica? failing = Of(release).FirstOrDefault(IsCrashLooping);
        return failing is null
            ? null
            : $"replica {failing.Metadata.Name} ended {failing.Status!.ConsecutiveFailures} times in a row, "
                + $"last {failing.Status.LastExit}; "
                + $"\"{LogsHint.Command(failing.Metadata.Name, failing.Metadata.Namespace)} --previous\" shows what it said";
    }
}
