using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests;

/// <summary>Objects and metrics with the fields a test is not about filled in.</summary>
internal static class Samples
{
    public static DateTimeOffset Now { get; } = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static ModelService Service(
        string name = "tiny", int replicas = 2, ModelServiceStatus? status = null, bool deleting = false) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", DeletionTimestamp = deleting ? Now : null },
        Spec = new ModelServiceSpec { Release = name + "-v1", Replicas = replicas },
        Status = status,
    };

    /// <summary>A status whose conditions hold, except for those named.</summary>
    public static ModelServiceStatus Status(RolloutStatus? rollout = null, int ready = 2, params string[] failing) => new()
    {
        ReadyReplicas = ready,
        Rollout = rollout,
        Traffic = [new ReleaseTraffic { Name = "tiny-v1", ContentHash = "sha256:aa", Weight = 100, ReadyReplicas = ready }],
        Conditions =
        [
            .. new[] { ModelServiceConditions.Available, ModelServiceConditions.RolledOut, ModelServiceConditions.Scaled }
                .Select(type => new Condition
                {
                    Type = type,
                    Status = failing.Contains(type) ? ConditionStatus.False : ConditionStatus.True,
                    Reason = "Because",
                    Message = "message of " + type,
                }),
        ],
    };

    /// <summary>A rollout over 10 % and 50 % that entered its step ninety seconds ago.</summary>
    public static RolloutStatus Rollout(RolloutPhase phase, int step = 0, RolloutVerdict? verdict = null) => new()
    {
        Phase = phase,
        From = new ReleaseRef { Name = "tiny-v1", ContentHash = "sha256:aaaaaaaaaaaaaaaa" },
        To = new ReleaseRef { Name = "tiny-v2", ContentHash = "sha256:0123456789abcdef" },
        Plan = new RolloutSpec(),
        Step = step,
        StartedAt = Now.AddMinutes(-10),
        StepStartedAt = Now.AddSeconds(-90),
        Verdict = verdict,
    };

    public static ModelReplica Replica(ReplicaPhase? phase, bool deleting = false, params StartupStage[] startup) => new()
    {
        Metadata = new ObjectMeta { Name = "tiny-aa-1", Namespace = "default", DeletionTimestamp = deleting ? Now : null },
        Spec = new ModelReplicaSpec
        {
            Service = "tiny",
            Release = "tiny-v1",
            ContentHash = "sha256:aa",
            Model = ArtifactSource.OfFile("/models/tiny"),
        },
        Status = phase is null
            ? null
            : new ModelReplicaStatus { Phase = phase.Value, Endpoint = "http://127.0.0.1:9", Restarts = 3, Startup = startup },
    };

    public static Release UsableRelease(string name, string contentHash) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = "/models/tiny" } },
        Status = new ReleaseStatus
        {
            ContentHash = contentHash,
            Conditions =
            [
                new Condition
                {
                    Type = ReleaseConditions.Verified, Status = ConditionStatus.True, Reason = "DigestsMatch", Message = "",
                },
            ],
        },
    };

    public static Event Event(string kind, string name, int minutesAgo = 0, string @namespace = "default") => new()
    {
        Metadata = new ObjectMeta { Name = $"{name}.{minutesAgo}", Namespace = @namespace },
        InvolvedObject = new ObjectReference { Kind = kind, Name = name },
        Type = "Normal",
        Reason = "Happened",
        Message = $"to {name}",
        LastTimestamp = Now.AddMinutes(-minutesAgo),
    };

    public static MetricValue Metric(double value, string service = "tiny", string @namespace = "default") =>
        new(new Dictionary<string, string> { ["namespace"] = @namespace, ["service"] = service }, value);

    public static MetricValue ReplicaMetric(double value, string @namespace = "default") =>
        new(new Dictionary<string, string> { ["namespace"] = @namespace, ["replica"] = "tiny-aa-1" }, value);

    public static MetricRange Line(params double?[] values) => new(new Dictionary<string, string>(), values);

    public static FleetOverview Snapshot(params ModelService[] services) =>
        new() { Loaded = true, At = Now, ResourcesAt = Now, MetricsAt = Now, Services = services };
}
