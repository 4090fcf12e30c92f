using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Tests.Services;

public sealed class ServiceSnapshotTests
{
    [Fact]
    public void A_release_is_wanted_only_once_it_is_verified()
    {
        ModelService service = ServiceWorld.Service();
        Assert.Equal("h1", ServiceWorld.Seen(service, [ServiceWorld.Release("tiny-v1", "h1")]).Wanted!.ContentHash);
        Assert.Null(ServiceWorld.Seen(service, []).Wanted);
        Assert.Null(ServiceWorld.Seen(service, [ServiceWorld.Release("tiny-v1", "h1", "ChangedOnDisk")]).Wanted);
        Assert.Null(ServiceWorld.Seen(service, [ServiceWorld.Release("tiny-v1", null, "SourceNotFound")]).Wanted);
    }

    [Theory]
    [InlineData(ReplicaPhase.BackingOff, 2, false)]
    [InlineData(ReplicaPhase.BackingOff, 3, true)]
    [InlineData(ReplicaPhase.Starting, 5, false)]
    [InlineData(ReplicaPhase.Ready, 5, false)]
    public void A_release_cannot_start_once_a_replica_ended_three_times_in_a_row_and_none_answers(
        ReplicaPhase phase, int failures, bool failed)
    {
        RolloutSnapshot snapshot = ServiceWorld.Seen(
            ServiceWorld.Service(),
            [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", phase, failures)).ToRollout(ServiceWorld.Now);
        Assert.Equal(failed, snapshot.WantedFailure is not null);
        if (!failed) return;
        Assert.Equal(
            "replica r1 ended 3 times in a row, last Crashed: exit code 3; \"trireme logs r1 --previous\" shows what it said",
            snapshot.WantedFailure);
    }

    [Fact]
    public void A_release_that_its_engine_refuses_cannot_start_from_the_first_refusal_on()
    {
        RolloutSnapshot snapshot = ServiceWorld.Seen(
            ServiceWorld.Service(),
            [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", ReplicaPhase.Failed, failures: 1, "It is damaged.")).ToRollout(ServiceWorld.Now);
        Assert.Equal("replica r1 cannot serve it: It is damaged", snapshot.WantedFailure);
    }

    [Fact]
    public void One_answering_replica_is_proof_that_the_release_can_start()
    {
        RolloutSnapshot snapshot = ServiceWorld.Seen(
            ServiceWorld.Service(),
            [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r1", "h1", ReplicaPhase.BackingOff, 9),
            ServiceWorld.Replica("r2", "h1", ReplicaPhase.Ready)).ToRollout(ServiceWorld.Now);
        Assert.Equal((null, 1), (snapshot.WantedFailure, snapshot.WantedReady));
    }

    [Fact]
    public void Replicas_are_made_from_any_release_with_the_same_content()
    {
        ServiceSnapshot seen = ServiceWorld.Seen(ServiceWorld.Service("renamed"), [ServiceWorld.Release("renamed", "h1")]);
        Assert.Equal("renamed", seen.UsableRelease(new ReleaseRef { Name = "gone", ContentHash = "h1" })!.Metadata.Name);
        Assert.Null(seen.UsableRelease(new ReleaseRef { Name = "renamed", ContentHash = "h2" }));
    }

    [Fact]
    public void The_promote_annotation_reaches_the_decision()
    {
        ModelService service = ServiceWorld.Service();
        service = service with
        {
            Metadata = service.Metadata with { Annotations = new Dictionary<string, string> { [TriremeApi.PromoteAnnotation] = "h2" } },
        };
        Assert.Equal("h2", ServiceWorld.Seen(service, []).ToRollout(ServiceWorld.Now).PromoteOrder);
    }
}
