using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Services;
using Trireme.Fleet.Tests.Services;

namespace Trireme.Fleet.Tests;

public sealed class FleetPlannerTests
{
    [Fact]
    public void Services_whose_clients_get_no_answer_come_first_and_those_that_lack_replicas_next()
    {
        FleetSnapshot fleet = FleetSnapshot.Empty
            .With(Seen("a-complete", wanted: 1, ready: 1))
            .With(Seen("b-lacking", wanted: 2, ready: 1))
            .With(Seen("c-silent", wanted: 2, ready: 0))
            .With(Seen("d-asleep", wanted: 0, ready: 0))
            .With(Seen("e-silent", wanted: 1, ready: 0));
        Assert.Equal(
            ["c-silent", "e-silent", "b-lacking", "a-complete", "d-asleep"],
            FleetPlanner.Decide(fleet, fleet.Services.Keys, ServiceWorld.Now).Select(decision => decision.Service.Metadata.Name));
    }

    [Fact]
    public void Only_what_was_touched_is_decided()
    {
        FleetSnapshot fleet = FleetSnapshot.Empty.With(Seen("one", 1, 0)).With(Seen("two", 1, 0));
        ServiceDecision decision = Assert.Single(
            FleetPlanner.Decide(fleet, [new ServiceKey("default", "two"), new ServiceKey("default", "gone")], ServiceWorld.Now));
        Assert.Equal("two", decision.Service.Metadata.Name);
        Assert.Equal(1, Assert.Single(decision.Create).Count);
        Assert.Empty(FleetPlanner.Decide(fleet.Without(new ServiceKey("default", "two")), [new("default", "two")], ServiceWorld.Now));
    }

    [Fact]
    public void The_same_snapshot_and_time_give_the_same_decision()
    {
        FleetSnapshot fleet = FleetSnapshot.Empty.With(Seen("one", wanted: 3, ready: 1));
        ServiceDecision Decide() => Assert.Single(FleetPlanner.Decide(fleet, fleet.Services.Keys, ServiceWorld.Now));
        Assert.Equal(
            Contracts.Serialization.CanonicalJson.Write(Decide().Status), Contracts.Serialization.CanonicalJson.Write(Decide().Status));
        Assert.Equal(2, Assert.Single(Decide().Create).Count);
    }

    [Fact]
    public void What_goes_is_named_as_it_was_seen()
    {
        ServiceSnapshot seen = Seen("one", wanted: 1, ready: 3);
        ServiceDecision decision = ServicePlanner.Decide(seen, ServiceWorld.Now);
        Assert.Empty(decision.Create);
        Assert.Equal(2, decision.Delete.Count);
        Assert.All(decision.Delete, replica => Assert.Contains(replica, seen.Replicas));
    }

    [Fact]
    public void A_creation_that_nobody_has_reported_is_not_deleted_because_it_may_be_ready_by_now()
    {
        ServiceSnapshot seen = Seen("one", wanted: 1, ready: 3);
        ModelReplica first = ServicePlanner.Decide(seen, ServiceWorld.Now).Delete[0];
        ModelReplica unreported = first with { Metadata = first.Metadata with { ResourceVersion = null } };
        seen = seen with { Replicas = [.. seen.Replicas.Select(replica => replica == first ? unreported : replica)] };
        Assert.DoesNotContain(unreported, ServicePlanner.Decide(seen, ServiceWorld.Now).Delete);
    }

    private static ServiceSnapshot Seen(string name, int wanted, int ready)
    {
        ModelService service = ServiceWorld.Service(replicas: wanted);
        service = service with
        {
            Metadata = service.Metadata with { Name = name, Uid = name },
            Status = new ModelServiceStatus { StableRelease = new ReleaseRef { Name = "tiny-v1", ContentHash = "h1" } },
        };
        Release release = ServiceWorld.Release("tiny-v1", "h1");
        string hash = new ReplicaTemplate(service, release).Hash;
        return ServiceWorld.Seen(
            service,
            [release],
            [.. Enumerable.Range(0, ready).Select(i => Labelled(ServiceWorld.Replica($"{name}-{i}", "h1", ReplicaPhase.Ready), hash))]);
    }

    private static ModelReplica Labelled(ModelReplica replica, string hash) => replica with
    {
        Metadata = replica.Metadata with
        {
            ResourceVersion = "1",
            Labels = new Dictionary<string, string> { [TriremeApi.TemplateHashLabel] = hash },
        },
    };
}
