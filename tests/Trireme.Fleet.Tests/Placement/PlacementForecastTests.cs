using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Services;
using static Trireme.Fleet.Tests.Placement.PlacementWorld;

namespace Trireme.Fleet.Tests.Placement;

public sealed class PlacementForecastTests
{
    [Fact]
    public void A_new_service_is_told_where_its_replicas_would_sit_and_what_they_cost()
    {
        FleetForecast forecast = Forecast(memory: 8, running: null, Service("v1", replicas: 2, size: 2));
        ServiceForecast service = Assert.Single(forecast.Services);
        Assert.Equal("2 of release v1 start", service.How);
        Assert.Null(service.Problem);
        Assert.All(service.Starts, static start => Assert.Equal("local/gpu-0", start.Place.ToString()));
        PoolForecast pool = Assert.Single(forecast.Pools);
        Assert.Equal((0, 4.5 * GiB), (pool.BeforeBytes, (double)pool.AfterBytes));
        Assert.Equal((0, 4.5), (pool.CostBefore, pool.CostAfter));
    }

    [Fact]
    public void A_new_service_that_has_no_room_is_told_why()
    {
        ServiceForecast service = Assert.Single(Forecast(8, null, Service("v1", replicas: 1, size: 100)).Services);
        Assert.StartsWith("It needs 100.25 GiB", service.Problem, StringComparison.Ordinal);
        Assert.Null(Assert.Single(service.Starts).Place);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(4, true)]
    public void A_move_to_another_release_needs_room_beside_the_old_one(int memory, bool lacksRoom)
    {
        ModelService old = Service("v1", replicas: 1, size: 2);
        ServiceForecast service = Assert.Single(Forecast(memory, old, Service("v2", replicas: 1, size: 2)).Services);
        Assert.Equal("rollout from release v1 to v2, judged at 10%, 50%", service.How);
        Assert.Equal((1, 1, 0), (service.Starts.Count, service.Ends.Count, service.Keeps));
        Assert.Equal(lacksRoom, service.Problem is not null);
        if (lacksRoom) Assert.StartsWith("It would fit once the old replicas are gone", service.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RolloutStrategyType.InPlace, false)]
    [InlineData(RolloutStrategyType.Recreate, false)]
    [InlineData(RolloutStrategyType.BlueGreen, true)]
    public void A_strategy_that_takes_the_old_ones_room_needs_no_other(RolloutStrategyType strategy, bool lacksRoom)
    {
        ModelService next = Service("v2", replicas: 1, size: 2);
        next = next with { Spec = next.Spec with { Rollout = new RolloutSpec { Strategy = strategy } } };
        ServiceForecast service = Assert.Single(Forecast(4, Service("v1", replicas: 1, size: 2), next).Services);
        Assert.Equal((lacksRoom, $"{strategy} rollout from release v1 to v2"), (service.Problem is not null, service.How));
    }

    [Theory]
    [InlineData(3, 2, 1, 0, "scaled up by 2")]
    [InlineData(0, 0, 0, 1, "scaled down by 1, which drain")]
    [InlineData(1, 0, 1, 0, "nothing to start or to end")]
    public void A_change_of_the_number_starts_and_ends_the_difference(int wanted, int starts, int keeps, int ends, string how)
    {
        ModelService old = Service("v1", replicas: 1, size: 1);
        ServiceForecast service = Assert.Single(Forecast(8, old, Service("v1", wanted, size: 1)).Services);
        Assert.Equal((starts, keeps, ends, how), (service.Starts.Count, service.Keeps, service.Ends.Count, service.How));
    }

    [Fact]
    public void More_memory_replaces_the_replicas_one_by_one()
    {
        ServiceForecast service = Assert.Single(
            Forecast(8, Service("v1", replicas: 1, size: 1), Service("v1", replicas: 1, size: 2)).Services);
        Assert.Equal((1, "replaced one by one: a new one starts, then an old one drains"), (service.Replaces, service.How));
    }

    /// <param name="memory">GiB of the only device, which costs its number of GiB an hour.</param>
    /// <param name="running">A service whose replicas run; null for none.</param>
    /// <param name="changed">What is planned.</param>
    private static FleetForecast Forecast(int memory, ModelService? running, ModelService changed)
    {
        FleetSnapshot fleet = FleetOf(Pool("local", memory) with { PricePerHour = memory });
        Dictionary<string, Release> releases = new() { ["v1"] = Release("v1"), ["v2"] = Release("v2") };
        List<ModelReplica> replicas = [];
        for (int i = 0; running is not null && i < running.Spec.Replicas; i++)
        {
            ModelReplica replica = new ReplicaTemplate(running, releases[running.Spec.Release]).Create("r" + i);
            replicas.Add(replica with
            {
                Status = new ModelReplicaStatus
                {
                    Phase = ReplicaPhase.Ready, Place = new ReplicaPlace { Pool = "local", Device = "gpu-0" },
                },
            });
        }

        PlacementIndex index = fleet.Placement;
        foreach (ModelReplica replica in replicas) index = SeatReading.Read(index, replica, RuntimeBytes, out _);
        if (running is not null)
        {
            var stable = new ReleaseRef { Name = "v1", ContentHash = "h-v1" };
            changed = changed with { Status = new ModelServiceStatus { StableRelease = stable } };
        }

        return PlacementForecast.Of(
            fleet with { Placement = index },
            [new ServiceSnapshot { Service = changed, Releases = releases, Replicas = replicas }],
            RuntimeBytes);
    }

    private static Release Release(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = name } },
        Status = new ReleaseStatus { ContentHash = "h-" + name, ResolvedPath = "/models/" + name },
    };

    private static ModelService Service(string release, int replicas, int size) => new()
    {
        Metadata = new ObjectMeta { Name = "tiny", Namespace = "default", Uid = "uid" },
        Spec = new ModelServiceSpec
        {
            Release = release, Replicas = replicas, Resources = new ReplicaResources { Memory = new ByteSize(size * GiB) },
        },
    };
}
