using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;
using Trireme.Fleet.Tests.Services;

namespace Trireme.Fleet.Tests.Scaling;

/// <summary>What a service with spec.scaling does and says, decided as a whole.</summary>
public sealed class ScaledServiceTests
{
    private static readonly TimeSpan Now = TimeSpan.FromHours(1);

    [Fact]
    public void The_decided_number_is_what_replicas_are_made_by_and_spec_replicas_has_no_say()
    {
        ServiceDecision decision = Decide(Service(desired: 3));
        Assert.Equal(3, decision.Create.Sum(static order => order.Count));
        Assert.Equal((3, 3), (decision.Status.WantedReplicas, decision.Status.Scaling!.Desired));
        Assert.Equal(1, decision.Service.Spec.Replicas);
        Assert.NotNull(decision.Status.Conditions.Find(ModelServiceConditions.ScalingActive));
    }

    [Fact]
    public void Without_scaling_a_service_says_nothing_of_it_and_what_it_said_is_gone()
    {
        ModelService scaled = Service(desired: 3);
        ModelService service = scaled with
        {
            Spec = scaled.Spec with { Scaling = null, Replicas = 2 },
            Status = Decide(scaled).Status,
        };
        ServiceDecision decision = Decide(service);
        Assert.Equal(2, decision.Status.WantedReplicas);
        Assert.Null(decision.Status.Scaling);
        Assert.Null(decision.Status.Conditions.Find(ModelServiceConditions.ScalingActive));
    }

    [Fact]
    public void During_a_rollout_both_sides_follow_the_decided_number()
    {
        ModelService service = Service(desired: 4) with { Spec = Service(desired: 4).Spec with { Release = "tiny-v2" } };
        ServiceDecision decision = Decide(service);
        Assert.Equal(["tiny-v1", "tiny-v2"], decision.Status.Traffic!.Select(static part => part.Name));
        Assert.Equal(4, decision.Status.Traffic![0].WantedReplicas);

        ModelService moving = service with { Status = decision.Status with { Scaling = decision.Status.Scaling! with { Desired = 8 } } };
        Assert.Equal(8, Decide(moving).Status.Traffic![0].WantedReplicas);
    }

    [Fact]
    public void A_service_that_sleeps_is_scaled_and_not_at_fault()
    {
        ServiceDecision decision = Decide(Service(desired: 0));
        Condition available = decision.Status.Conditions.Find(ModelServiceConditions.Available)!;
        Assert.Equal(ServiceReasons.ScaledToZero, available.Reason);
        Assert.Contains("next request wakes it", available.Message, StringComparison.Ordinal);
        Assert.True(decision.Status.Conditions.IsTrue(ModelServiceConditions.Scaled));
        Assert.Empty(decision.Create);
        Assert.Null(ServiceAvailability.NoHopeBecause(decision.Service with { Status = decision.Status }));
    }

    [Fact]
    public void A_held_request_makes_a_sleeping_service_the_most_urgent_one()
    {
        ModelService asleep = Service(desired: 0);
        var held = new ServiceLoad { Source = "r", Sequence = 1, At = Now, Held = 1 };
        ServiceSnapshot woken = Seen(asleep) with { Load = Memory(asleep, held) };
        ServiceSnapshot other = ServiceWorld.Seen(
            ServiceWorld.Service(replicas: 1) with { Metadata = asleep.Metadata with { Name = "a-first-by-name" } },
            [ServiceWorld.Release("tiny-v1", "h1")],
            ServiceWorld.Replica("r", "h1", ReplicaPhase.Ready));
        FleetSnapshot fleet = FleetSnapshot.Empty.With(other).With(woken);
        IReadOnlyList<ServiceDecision> decisions = FleetPlanner.Decide(fleet, [other.Key, woken.Key], ServiceWorld.Now);
        Assert.Equal("tiny", decisions[0].Service.Metadata.Name);
        Assert.Equal(1, decisions[0].Create.Sum(static order => order.Count));
    }

    [Fact]
    public void The_replica_with_the_fewest_requests_to_finish_goes_first()
    {
        var planned = new PlannedRelease("h1", 2, "t");
        ReplicaView[] replicas =
        [
            new("busy-young", "h1", "t", Ready: true, Deleting: false, ServiceWorld.Now, InFlight: 3),
            new("idle-old", "h1", "t", Ready: true, Deleting: false, ServiceWorld.Now.AddHours(-1)),
            new("busy-old", "h1", "t", Ready: true, Deleting: false, ServiceWorld.Now.AddHours(-2), InFlight: 1),
        ];
        Assert.Equal(["idle-old"], ReplicaPlan.Make([planned], replicas).Delete);
    }

    [Theory]
    [InlineData("1024Mi", "1Gi", "60s", "1m")]
    [InlineData("1.5Gi", "1536Mi", "1.5s", "1500ms")]
    public void Another_spelling_of_the_same_quantities_changes_nothing(string memory, string sameMemory, string time, string sameTime)
    {
        ServiceDecision one = Decide(Spelt(memory, time));
        ServiceDecision other = Decide(Spelt(sameMemory, sameTime));
        Assert.Equal(one.Create[0].Template.Hash, other.Create[0].Template.Hash);
        Assert.True(CanonicalJson.Same(one.Status, other.Status));

        static ModelService Spelt(string memory, string time)
        {
            Assert.True(ByteSize.TryParse(memory, out ByteSize bytes));
            Assert.True(Duration.TryParse(time, out Duration duration));
            ModelService service = Service(desired: 2);
            return service with
            {
                Spec = service.Spec with
                {
                    Resources = new ReplicaResources { Memory = bytes },
                    Scaling = service.Spec.Scaling! with { Slo = new SloSpec { Ttft = duration } },
                },
            };
        }
    }

    private static ModelService Service(int desired)
    {
        ModelService service = ServiceWorld.Service();
        return service with
        {
            Spec = service.Spec with { Scaling = new ScalingSpec { MinReplicas = 0, MaxReplicas = 10 } },
            Status = new ModelServiceStatus
            {
                StableRelease = new ReleaseRef { Name = "tiny-v1", ContentHash = "h1" },
                Scaling = new ScalingStatus { Desired = desired, Reason = "it was so" },
            },
        };
    }

    private static ServiceSnapshot Seen(ModelService service) => ServiceWorld.Seen(
        service, [ServiceWorld.Release("tiny-v1", "h1"), ServiceWorld.Release("tiny-v2", "h2")]) with
    {
        SteadyNow = Now,
        Load = Memory(service, new ServiceLoad
        {
            Source = "r", Sequence = 1, At = Now, InFlight = service.Status?.Scaling?.Desired > 0 ? 1 : 0,
        }),
    };

    private static ScalingMemory? Memory(ModelService service, ServiceLoad load) => service.Spec.Scaling is { } scaling
        ? ScalingMemory.Begin(service.Status?.Scaling, Now).With(new ScalingLook
        {
            At = Now, Scaling = scaling, Recorded = service.Status?.Scaling, Signal = load,
        })
        : null;

    private static ServiceDecision Decide(ModelService service) => ServicePlanner.Decide(Seen(service), ServiceWorld.Now);
}
