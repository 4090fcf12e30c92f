using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>The operator on a machine whose memory ends. Sizes are in GiB, each with the quarter that the runtime takes.</summary>
public sealed class PlacementTests
{
    private const long GiB = 1L << 30;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_replica_without_room_stays_pending_and_says_why_until_there_is_room()
    {
        using SimulatedWorld world = World(memory: 4);
        Apply(world, "first", memory: 2, replicas: 1);
        Await(world, "first runs", () => Running(world) == 1);
        Apply(world, "second", memory: 3, replicas: 1);
        Await(world, "the reason", () => Available(world, "second")?.Reason == ServiceReasons.Unschedulable);
        ModelReplica replica = Assert.Single(world.ReplicasOf(world.Find("second")!));
        Condition scheduled = replica.Status!.Conditions.Find(ModelReplicaConditions.Scheduled)!;
        Assert.Equal((ReplicaPhase.Pending, ConditionStatus.False), (replica.Status.Phase, scheduled.Status));
        Assert.Equal("Unschedulable", scheduled.Reason);
        Assert.Contains("It needs 3.25 GiB", scheduled.Message, StringComparison.Ordinal);
        Assert.Contains("1.75 GiB of 4.00 GiB free", scheduled.Message, StringComparison.Ordinal);
        Assert.Equal($"{replica.Metadata.Name}: {scheduled.Message}", ServiceAvailability.NoHopeBecause(world.Find("second")!));
        Assert.Equal(1, Running(world));

        world.Delete<ModelService>(new ResourceKey("default", "first"));
        Await(world, "second runs", () => world.Find("second")?.Status?.ReadyReplicas == 1);
        Assert.Equal(replica.Metadata.Name, Assert.Single(world.ReplicasOf(world.Find("second")!)).Metadata.Name);
    }

    [Fact]
    public void A_rollout_that_does_not_fit_says_what_memory_it_needs()
    {
        using SimulatedWorld world = World(memory: 4);
        Apply(world, "tiny", memory: 2, replicas: 1);
        Await(world, "it runs", () => world.Find("tiny")?.Status?.ReadyReplicas == 1);
        world.Change("tiny", service => service with { Spec = service.Spec with { Release = "good-1" } });
        Await(world, "the reason", () => RolledOut(world, "tiny")?.Message.Contains("It needs 2.25 GiB", StringComparison.Ordinal) == true);
        Assert.Equal(1, world.Find("tiny")!.Status!.ReadyReplicas);
    }

    [Fact]
    public void A_higher_class_that_lacks_its_number_gets_room_and_both_are_told()
    {
        using SimulatedWorld world = World(memory: 5);
        Apply(world, "batch", memory: 2, replicas: 2, PriorityClass.Low);
        Await(world, "batch runs", () => world.Find("batch")?.Status?.ReadyReplicas == 2);
        Apply(world, "urgent", memory: 2, replicas: 1, PriorityClass.Critical);
        Await(world, "urgent runs", () => world.Find("urgent")?.Status?.ReadyReplicas == 1);
        Await(world, "batch keeps one", () => world.Find("batch")!.Status is { ReadyReplicas: 1 } status
            && status.Conditions.Find(ModelServiceConditions.Scaled)!.Reason == ServiceReasons.Unschedulable);
        Await(world, "the events", () => News(world, "batch").Contains("Preempted") && News(world, "urgent").Contains("Preempting"));
    }

    [Fact]
    public void Replicas_keep_their_places_through_a_restart_even_where_the_machine_cannot_be_measured()
    {
        using SimulatedWorld world = World(memory: 4);
        Apply(world, "first", memory: 2, replicas: 1);
        Apply(world, "second", memory: 1, replicas: 1);
        Await(world, "both run", () => Running(world) == 2);
        foreach (MachineCapacity? next in (MachineCapacity?[])[null, new MachineCapacity(1 * GiB, 2, 0)])
        {
            world.KillOperator();
            world.Options = world.Options with { Machine = next };
            world.StartOperator();
            world.Driver.AdvanceBy(TimeSpan.FromMinutes(1));
            Assert.Equal(2, Running(world));
            Assert.All(world.Api.All<ModelReplica>(), static replica => Assert.Equal("local", replica.Status!.Place!.Pool));
        }

        // The machine has become too small: nobody new gets in.
        Apply(world, "third", memory: 1, replicas: 1);
        Await(world, "the reason", () => Available(world, "third")?.Reason == ServiceReasons.Unschedulable);
    }

    [Fact]
    public void The_pool_of_this_machine_exists_by_itself_and_says_who_sits_there()
    {
        using SimulatedWorld world = World(memory: 4);
        Apply(world, "first", memory: 2, replicas: 1);
        AcceleratorPoolStatus? Status() => world.Api.Find<AcceleratorPool>(new ResourceKey("", "local"))?.Status;
        Await(world, "the pool tells", () => Status()?.Replicas == 1);
        Assert.Equal((4 * GiB, 9 * GiB / 4), (Status()!.Capacity!.Value.Bytes, Status()!.Used.Bytes));
        Assert.Equal("machine", Assert.Single(Status()!.Places!).Device);

        // Whoever sets a price there takes nothing over from the platform.
        Assert.Null(world.Api.Find<AcceleratorPool>(new ResourceKey("", "local"))!.Spec);
        world.Delete<AcceleratorPool>(new ResourceKey("", "local"));
        Await(world, "it is back", () => Status()?.Replicas == 1);
    }

    [Fact]
    public void Devices_that_a_person_states_count_at_once()
    {
        using SimulatedWorld world = World(memory: 2);
        Apply(world, "first", memory: 3, replicas: 1);
        Await(world, "the reason", () => Available(world, "first")?.Reason == ServiceReasons.Unschedulable);
        AcceleratorPool local = world.Api.Find<AcceleratorPool>(new ResourceKey("", "local"))!;
        PoolDevice device = new() { Name = "big", Memory = new ByteSize(8 * GiB) };
        world.Driver.Await(() => world.Api.Of<AcceleratorPool>().ReplaceAsync(
            local with { Spec = new AcceleratorPoolSpec { Devices = [device] } }));
        Await(world, "first runs", () => world.Find("first")?.Status?.ReadyReplicas == 1);
        AcceleratorPoolStatus? Status() => world.Api.Find<AcceleratorPool>(new ResourceKey("", "local"))?.Status;
        Await(world, "the pool tells", () => Status()?.Capacity?.Bytes == 8 * GiB);
        Assert.Equal("big-0", Assert.Single(Status()!.Places!).Device);
    }

    [Fact]
    public void More_than_the_machine_has_never_runs_whatever_goes_wrong() => Seeds.Run(1, 12, static seed =>
    {
        using SimulatedWorld world = World(memory: 6, seed, faultRate: 0.05);
        int broken = 0;
        for (int i = 0; i < 8; i++)
        {
            string name = "s" + i;
            Apply(world, name, memory: 1 + (i % 3), replicas: 1 + (i % 2), (PriorityClass)(i % 4));
            for (int second = 0; second < 40; second++)
            {
                world.Driver.AdvanceBy(TimeSpan.FromSeconds(1));
                if (Taken(world) > 6 * GiB) broken++;
            }

            if (i == 4) world.KillOperator();
            if (i == 4) world.StartOperator();
        }

        Assert.Equal(0, broken);
        world.Plan.CalmAt = world.Driver.Now;
        Await(world, "the critical ones run", () => world.Find("s3")?.Status?.ReadyReplicas == 2 && Taken(world) <= 6 * GiB);
    });

    private static SimulatedWorld World(int memory, int seed = 1, double faultRate = 0)
    {
        var world = new SimulatedWorld(seed, faultRate);
        world.Options = world.Options with { Machine = new MachineCapacity(memory * GiB, 2, 0) };
        world.StartOperator();
        return world;
    }

    private static void Apply(
        SimulatedWorld world, string name, int memory, int replicas, PriorityClass priority = PriorityClass.Standard)
    {
        ModelService service = SimulatedWorld.Service(name, "good-0", replicas);
        world.Create(service with
        {
            Spec = service.Spec with
            {
                Resources = new ReplicaResources { Memory = new ByteSize(memory * GiB) },
                Placement = new PlacementSpec { PriorityClass = priority },
            },
        });
    }

    private static void Await(SimulatedWorld world, string what, Func<bool> condition) => world.Driver.RunUntil(what, condition, Patience);

    private static int Running(SimulatedWorld world) => world.Machine.Running.Count();

    /// <summary>Memory of the engines that run, as far as they may take it.</summary>
    private static long Taken(SimulatedWorld world) => world.Machine.Running.Sum(engine =>
        world.Api.Find<ModelReplica>(engine.Key) is { } replica
            ? replica.Spec.Resources.Memory.Bytes + world.Options.Replicas.RuntimeMemoryBytes
            : 0);

    private static Condition? Available(SimulatedWorld world, string service) =>
        (world.Find(service)?.Status?.Conditions).Find(ModelServiceConditions.Available);

    private static Condition? RolledOut(SimulatedWorld world, string service) =>
        (world.Find(service)?.Status?.Conditions).Find(ModelServiceConditions.RolledOut);

    private static HashSet<string?> News(SimulatedWorld world, string service) =>
        [.. world.Api.All<Event>().Where(news => news.InvolvedObject.Name == service).Select(static news => news.Reason)];
}
