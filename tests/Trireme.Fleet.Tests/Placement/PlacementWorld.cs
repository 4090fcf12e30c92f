using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Tests.Placement;

/// <summary>Builds fleets to place replicas in; sizes are in GiB.</summary>
internal static class PlacementWorld
{
    public const long GiB = 1L << 30;

    public const long RuntimeBytes = 256L << 20;

    public static PlacementPool Pool(string name, params double[] devices) => new()
    {
        Name = name,
        Devices = [.. devices.Select((size, i) => ($"gpu-{i}", (long?)(size * GiB), 8))],
    };

    public static PlacementPool Unmeasured { get; } =
        PlacementPool.Of(new AcceleratorPool { Metadata = new ObjectMeta { Name = AcceleratorPool.Local } }, machine: null);

    public static FleetSnapshot FleetOf(params PlacementPool[] pools)
    {
        PlacementIndex index = PlacementIndex.Empty;
        foreach (PlacementPool pool in pools) index = index.With(pool);
        return FleetSnapshot.Empty with { Placement = index };
    }

    public static FleetSnapshot WithService(
        this FleetSnapshot fleet, string name, int replicas = 1, PriorityClass priority = PriorityClass.Standard) =>
        fleet.With(new ServiceSnapshot
        {
            Service = new ModelService
            {
                Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = name },
                Spec = new ModelServiceSpec
                {
                    Release = "v1", Replicas = replicas, Placement = new PlacementSpec { PriorityClass = priority },
                },
            },
            Releases = new Dictionary<string, Release>(),
            Replicas = [],
        });

    /// <summary>A replica "SERVICE-SUFFIX" that takes so much in all.</summary>
    public static PlacementRequest Ask(string service, double size, string suffix = "a", PlacementSpec? wanted = null) => new(
        new ReplicaKey("default", $"{service}-{suffix}"),
        new ServiceKey("default", service),
        (long)(size * GiB),
        RuntimeBytes,
        1,
        wanted ?? new PlacementSpec());

    public static FleetSnapshot Place(this FleetSnapshot fleet, params PlacementRequest[] fresh) =>
        fleet with { Placement = PlacementPlanner.Decide(fleet, fresh).Index };

    public static FleetSnapshot Without(this FleetSnapshot fleet, PlacementRequest replica) =>
        fleet with { Placement = fleet.Placement.Without(replica.Replica) };

    /// <summary>The device a replica sits on, "-" while it waits.</summary>
    public static string DeviceOf(this FleetSnapshot fleet, PlacementRequest replica) =>
        fleet.Placement.Seats.TryGetValue(replica.Replica, out ReplicaSeat? seat) ? seat.Device.ToString() : "-";

    public static ReplicaWait WaitOf(this FleetSnapshot fleet, PlacementRequest replica) => fleet.Placement.Waits[replica.Replica];

    public static string Text(double size) => new ByteSize((long)(size * GiB)).ToRoundedText();
}
