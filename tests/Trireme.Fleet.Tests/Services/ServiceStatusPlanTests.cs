using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Tests.Services;

public sealed class ServiceStatusPlanTests
{
    [Fact]
    public void A_service_that_is_as_wanted_says_so_in_every_condition()
    {
        ModelServiceStatus status = Next(ServiceWorld.Seen(
            ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")], ServiceWorld.Replica("r1", "h1", ReplicaPhase.Ready)));
        Assert.All(
            status.Conditions!, condition => Assert.Equal((ConditionStatus.True, 3), (condition.Status, condition.ObservedGeneration)));
        Assert.Equal(
            ["Available", "RolledOut", "Scaled", "ReleaseReady"],
            status.Conditions!.Select(condition => condition.Type));
        Assert.Equal(
            new ReleaseTraffic
            {
                Name = "tiny-v1", ContentHash = "h1", Weight = 100, WantedReplicas = 1, Replicas = 1, ReadyReplicas = 1,
            },
            Assert.Single(status.Traffic!));
        Assert.Equal((1, 1, 3), (status.ReadyReplicas, status.Replicas, status.ObservedGeneration));
    }

    [Fact]
    public void A_service_keeps_its_traffic_while_its_only_replica_is_down()
    {
        ModelService service = ServiceWorld.Service() with
        {
            Status = new ModelServiceStatus { StableRelease = new ReleaseRef { Name = "tiny-v1", ContentHash = "h1" } },
        };
        ModelServiceStatus status = Next(ServiceWorld.Seen(
            service, [ServiceWorld.Release("tiny-v1", "h1")], ServiceWorld.Replica(
                "r1", "h1", ReplicaPhase.BackingOff, 1, "The engine ended.")));
        Assert.Equal(100, Assert.Single(status.Traffic!).Weight);
        Assert.Equal("h1", status.StableRelease!.ContentHash);
        Condition available = status.Conditions.Find(ModelServiceConditions.Available)!;
        Assert.Equal(
            (ConditionStatus.False, "NoReadyReplica", "r1: The engine ended."), (available.Status, available.Reason, available.Message));
    }

    [Theory]
    [InlineData("StartFailed", 1, ReplicaPhase.Failed, 0)]
    [InlineData("StartFailed", 1, ReplicaPhase.BackingOff, 3)]
    [InlineData("NoReadyReplica", 1, ReplicaPhase.BackingOff, 2)] // A few ends in a row may pass.
    [InlineData("NoReadyReplica", 1, ReplicaPhase.Starting, 3)] // It is being tried again.
    [InlineData("NoReadyReplica", 2, ReplicaPhase.Failed, 0)] // The second replica is still to be created.
    public void A_service_says_that_no_replica_can_start_once_every_one_was_tried(
        string reason, int wanted, ReplicaPhase phase, int failures)
    {
        ModelServiceStatus status = Next(ServiceWorld.Seen(
            ServiceWorld.Service(replicas: wanted), [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", phase, failures, "Too large.")));
        Condition available = status.Conditions.Find(ModelServiceConditions.Available)!;
        Assert.Equal(
            (ConditionStatus.False, reason, "r1: Too large."), (available.Status, available.Reason, available.Message));
    }

    [Fact]
    public void A_service_does_not_say_that_no_replica_can_start_while_another_starts()
    {
        ModelServiceStatus status = Next(ServiceWorld.Seen(
            ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", ReplicaPhase.Failed, 0, "Too large."),
            ServiceWorld.Replica("r2", "h2", ReplicaPhase.Starting)));
        Assert.Equal("NoReadyReplica", status.Conditions.Find(ModelServiceConditions.Available)!.Reason);
    }

    public static TheoryData<string> HopelessCases => [.. Hopeless.Keys];

    private static readonly Dictionary<string, (ServiceSnapshot Seen, string? Reason, string Message)> Hopeless = new()
    {
        ["a release that does not exist"] = (
            ServiceWorld.Seen(ServiceWorld.Service("tiny-v11"), [ServiceWorld.Release("tiny-v1", "h1")]),
            "ReleaseNotFound", "No release is called \"tiny-v11\" in this namespace; create it or correct spec.release. Did you mean"),
        ["a release that was refused"] = (
            ServiceWorld.Seen(ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", null, "SourceNotFound", "Put the model there.")]),
            "ReleaseNotUsable", "Release tiny-v1 is not usable: Put the model there."),
        ["a release that is being deleted"] = (
            ServiceWorld.Seen(ServiceWorld.Service(), [Going(ServiceWorld.Release("tiny-v1", "h1"))]),
            "ReleaseNotFound", "Release tiny-v1 is being deleted; name another one"),
        ["a release that is being verified"] = (
            ServiceWorld.Seen(ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", null) with { Status = null }]),
            null, "Release tiny-v1 is being verified."),
        ["replicas that may not be created"] = (
            ServiceWorld.Seen(ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")]) with { CreationProblem = "exceeded quota" },
            "FailedCreate", "A replica could not be created: exceeded quota"),
        ["a second replica that may not be created while the first starts"] = (
            ServiceWorld.Seen(
                ServiceWorld.Service(replicas: 2), [ServiceWorld.Release("tiny-v1", "h1")],
                ServiceWorld.Replica("r1", "h1", ReplicaPhase.Starting)) with { CreationProblem = "exceeded quota" },
            null, "A replica could not be created: exceeded quota"),
        ["a second replica that may not be created while the first cannot serve"] = (
            ServiceWorld.Seen(
                ServiceWorld.Service(replicas: 2), [ServiceWorld.Release("tiny-v1", "h1")],
                ServiceWorld.Replica("r1", "h1", ReplicaPhase.Failed)) with { CreationProblem = "exceeded quota" },
            "FailedCreate", "exceeded quota"),
        ["files that went after they were verified"] = (
            ServiceWorld.Seen(
                ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")], Kept("ReleaseNotUsable", "Put the model back.")),
            "StartFailed", "r1: Put the model back."),
        ["a machine that starts no process"] = (
            ServiceWorld.Seen(
                ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")], Kept("StartFailed", "No such file.")),
            "StartFailed", "r1: No such file."),
        ["a replica that is about to start"] = (
            ServiceWorld.Seen(ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")], Kept("Starting", "About to.")),
            null, "r1: About to."),
        ["a stable release that is gone with its last replica"] = (
            ServiceWorld.Seen(Served(ServiceWorld.Service()), []), "ReleaseNotFound", "No release is called \"tiny-v1\""),
        ["a stable release whose name stands for other content, which is refused"] = (
            ServiceWorld.Seen(Served(ServiceWorld.Service()), [ServiceWorld.Release("tiny-v1", "h9", "ChangedOnDisk", "Restore it.")]),
            "ReleaseNotUsable", "Restore it."),
        ["an edit to a release that does not exist while no replica of the stable one can be made"] = (
            ServiceWorld.Seen(
                Served(ServiceWorld.Service("tiny-v9")), [ServiceWorld.Release("tiny-v1", "h1", "ChangedOnDisk", "Restore it.")]),
            "ReleaseNotUsable", "Release tiny-v1 is not usable: Restore it."),
    };

    [Theory]
    [MemberData(nameof(HopelessCases))]
    public void A_service_says_at_once_when_waiting_for_it_is_in_vain(string sentence)
    {
        (ServiceSnapshot seen, string? reason, string message) = Hopeless[sentence];
        ServiceDecision decision = ServicePlanner.Decide(seen, ServiceWorld.Now);
        Condition available = decision.Status.Conditions.Find(ModelServiceConditions.Available)!;
        Assert.Equal((ConditionStatus.False, reason ?? "NoReadyReplica"), (available.Status, available.Reason));
        Assert.Contains(message, available.Message, StringComparison.Ordinal);
        string? told = ServiceAvailability.NoHopeBecause(seen.Service with { Status = decision.Status });
        Assert.Equal(reason is null ? null : available.Message, told);
    }

    [Fact]
    public void A_service_that_is_being_deleted_is_not_waited_for() =>
        Assert.Contains("is being deleted", ServiceAvailability.NoHopeBecause(ServiceWorld.Service() with
        {
            Metadata = new ObjectMeta { Name = "tiny", Namespace = "default", DeletionTimestamp = ServiceWorld.Now },
        }));

    [Fact]
    public void Every_place_counts_replicas_alike_while_an_edit_cannot_be_carried_out()
    {
        ModelService service = Served(ServiceWorld.Service("tiny-v9", replicas: 2));
        ModelReplica failing = ServiceWorld.Replica("r3", "h1", ReplicaPhase.Failed, 0, "Too large.");
        ServiceSnapshot seen = ServiceWorld.Seen(
            service, [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", ReplicaPhase.Ready), ServiceWorld.Replica("r2", "h1", ReplicaPhase.Ready), failing);
        ModelServiceStatus status = ServicePlanner.Decide(seen, ServiceWorld.Now).Status;
        Assert.Equal(2, status.ReadyReplicas);
        ReleaseTraffic part = Assert.Single(status.Traffic!);
        Assert.Equal((2, 2, 3), (part.ReadyReplicas, part.WantedReplicas, part.Replicas));
        Assert.Equal("2 of 2 replicas are ready.", status.Conditions.Find(ModelServiceConditions.Available)!.Message);

        // None of them is made from what the spec says now; they answer all the same.
        Condition scaled = status.Conditions.Find(ModelServiceConditions.Scaled)!;
        Assert.Equal(
            ("ReplicasStarting", "2 of 2 replicas are ready, 2 of them to be replaced. r3: Too large."), (scaled.Reason, scaled.Message));
        Assert.EndsWith("tiny-v1 keeps serving.", status.Conditions.Find(ModelServiceConditions.RolledOut)!.Message);
    }

    [Theory]
    [InlineData("tiny-v9", 1, "tiny-v1 is to serve but has no ready replica.")]
    [InlineData("tiny-v9", 0, "tiny-v1 serves once spec.replicas is raised.")]
    [InlineData("tiny-v1", 1, "tiny-v1 is to serve but has no ready replica.")]
    public void Nothing_is_said_to_serve_that_has_no_ready_replica(string wanted, int replicas, string expected)
    {
        ServiceSnapshot seen = ServiceWorld.Seen(
            Served(ServiceWorld.Service(wanted, replicas)), [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", ReplicaPhase.BackingOff, 1, "The engine ended."));
        string message = Next(seen).Conditions.Find(ModelServiceConditions.RolledOut)!.Message;
        Assert.EndsWith(expected, message);
    }

    [Fact]
    public void The_replicas_of_a_rollout_are_told_apart()
    {
        ServiceSnapshot seen = ServiceWorld.Seen(
            Served(ServiceWorld.Service("tiny-v2", replicas: 2)),
            [ServiceWorld.Release("tiny-v1", "h1"), ServiceWorld.Release("tiny-v2", "h2")],
            ServiceWorld.Replica("r1", "h1", ReplicaPhase.Ready), ServiceWorld.Replica("r2", "h1", ReplicaPhase.Ready));
        Assert.Equal(
            "2 of 3 replicas (2 of tiny-v1 and 1 of tiny-v2) are ready.",
            Next(seen).Conditions.Find(ModelServiceConditions.Available)!.Message);
    }

    [Fact]
    public void An_unknown_release_is_answered_with_the_nearest_name()
    {
        Condition condition = Next(ServiceWorld.Seen(ServiceWorld.Service("tiny-v11"), [ServiceWorld.Release("tiny-v1", "h1")]))
            .Conditions.Find(ModelServiceConditions.ReleaseReady)!;
        Assert.Equal("ReleaseNotFound", condition.Reason);
        Assert.Contains("Did you mean \"tiny-v1\"?", condition.Message);
    }

    [Fact]
    public void A_refused_release_passes_on_its_own_reason()
    {
        Condition condition = Next(ServiceWorld.Seen(
            ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1", "ChangedOnDisk", "model.safetensors has …")])).Conditions.Find(
                ModelServiceConditions.ReleaseReady)!;
        Assert.Equal(
            (ConditionStatus.False, "ChangedOnDisk", "tiny-v1: model.safetensors has …"),
            (condition.Status, condition.Reason, condition.Message));
    }

    [Fact]
    public void A_service_scaled_to_zero_says_what_to_do()
    {
        Condition condition = Next(ServiceWorld.Seen(ServiceWorld.Service(replicas: 0), [ServiceWorld.Release("tiny-v1", "h1")]))
            .Conditions.Find(ModelServiceConditions.Available)!;
        Assert.Equal(("ScaledToZero", "spec.replicas is 0; raise it to serve."), (condition.Reason, condition.Message));
    }

    [Fact]
    public void Missing_samples_are_told_where_the_rollout_is_told()
    {
        ServiceSnapshot seen = ServiceWorld.Seen(
            ServiceWorld.Service(), [ServiceWorld.Release("tiny-v1", "h1")]) with { SamplesProblem = "No samples." };
        Assert.EndsWith(" No samples.", Next(seen).Conditions.Find(ModelServiceConditions.RolledOut)!.Message);
    }

    private static Release Going(Release release) =>
        release with { Metadata = release.Metadata with { DeletionTimestamp = ServiceWorld.Now } };

    /// <summary>A service that tiny-v1 has served.</summary>
    private static ModelService Served(ModelService service) => service with
    {
        Status = new ModelServiceStatus { StableRelease = new ReleaseRef { Name = "tiny-v1", ContentHash = "h1" } },
    };

    /// <summary>A replica that has no process, made from what the spec says.</summary>
    private static ModelReplica Kept(string reason, string message)
    {
        ModelReplica replica = ServiceWorld.Replica("r1", "h1", ReplicaPhase.Pending);
        string template = new ReplicaTemplate(ServiceWorld.Service(), ServiceWorld.Release("tiny-v1", "h1")).Hash;
        return replica with
        {
            Metadata = replica.Metadata with { Labels = new Dictionary<string, string> { [TriremeApi.TemplateHashLabel] = template } },
            Status = replica.Status! with
            {
                Conditions =
                [
                    new Condition
                    {
                        Type = ModelReplicaConditions.Ready, Status = ConditionStatus.False, Reason = reason, Message = message,
                    },
                ],
            },
        };
    }

    private static ModelServiceStatus Next(ServiceSnapshot seen)
    {
        RolloutDecision decision = RolloutPlanner.Decide(seen.ToRollout(ServiceWorld.Now));
        List<PlannedRelease> planned = [.. decision.Targets.Select(
            target => new PlannedRelease(target.Release.ContentHash, target.Replicas, "t"))];
        List<ReplicaView> views = [.. seen.Replicas.Select(replica =>
            new ReplicaView(replica.Metadata.Name, replica.Spec.ContentHash, "t", ServiceSnapshot.IsReady(replica), false, default))];
        return ServiceStatusPlan.Next(seen, decision, planned, views, scaling: null, ServiceWorld.Now);
    }
}
