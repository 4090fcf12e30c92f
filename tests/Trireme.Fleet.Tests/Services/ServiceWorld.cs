using Trireme.Contracts.Resources;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Tests.Services;

/// <summary>Builds what the plan for a service looks at.</summary>
internal static class ServiceWorld
{
    public static DateTimeOffset Now { get; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static ModelService Service(string release = "tiny-v1", int replicas = 1) => new()
    {
        Metadata = new ObjectMeta { Name = "tiny", Namespace = "default", Uid = "service-uid", Generation = 3 },
        Spec = new ModelServiceSpec { Release = release, Replicas = replicas },
    };

    public static Release Release(string name, string? hash, string reason = "DigestsMatch", string message = "") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = name } },
        Status = new ReleaseStatus
        {
            ContentHash = hash,
            ShortHash = hash,
            ResolvedPath = "/models/" + name,
            Conditions =
            [
                new Condition
                {
                    Type = ReleaseConditions.Verified,
                    Status = reason == "DigestsMatch" ? ConditionStatus.True : ConditionStatus.False,
                    Reason = reason,
                    Message = message,
                },
            ],
        },
    };

    public static ModelReplica Replica(string name, string hash, ReplicaPhase phase, int failures = 0, string? message = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ModelReplicaSpec
        {
            Service = "tiny",
            Release = "tiny-v1",
            ContentHash = hash,
            Model = ArtifactSource.OfFile("/models/x"),
        },
        Status = new ModelReplicaStatus
        {
            Phase = phase,
            // A life of restarts is no crash loop.
            Restarts = 20,
            ConsecutiveFailures = failures,
            LastExit = "Crashed: exit code 3",
            Endpoint = "http://127.0.0.1:1",
            Conditions = message is null
                ? null
                : [new Condition { Type = ModelReplicaConditions.Ready, Status = ConditionStatus.False, Reason = "X", Message = message }],
        },
    };

    public static ServiceSnapshot Seen(
        ModelService service, IEnumerable<Release> releases, params IReadOnlyList<ModelReplica> replicas) => new()
    {
        Service = service,
        Releases = releases.ToDictionary(release => release.Metadata.Name),
        Replicas = replicas,
    };
}
