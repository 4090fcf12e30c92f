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
            new ReleaseTraffic { Name = "tiny-v1", ContentHash = "h1", Weight = 100, Replicas = 1, ReadyReplicas = 1 },
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

    private static ModelServiceStatus Next(ServiceSnapshot seen)
    {
        RolloutDecision decision = RolloutPlanner.Decide(seen.ToRollout(ServiceWorld.Now));
        List<PlannedRelease> planned = [.. decision.Targets.Select(
            target => new PlannedRelease(target.Release.ContentHash, target.Replicas, "t"))];
        List<ReplicaView> views = [.. seen.Replicas.Select(replica =>
            new ReplicaView(replica.Metadata.Name, replica.Spec.ContentHash, "t", ServiceSnapshot.IsReady(replica), false, default))];
        return ServiceStatusPlan.Next(seen, decision, planned, views, ServiceWorld.Now);
    }
}
