using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Placement;

/// <summary>Says in a pool's status what sits there.</summary>
public static class PoolStatusPlan
{
    /// <param name="pool">The pool with its last status.</param>
    /// <param name="index">Who sits where.</param>
    /// <param name="reservedBytes">What is kept for the platform on this machine; null where that was not measured.</param>
    /// <param name="runtimeBytes">What each replica is counted with beside its budget.</param>
    /// <param name="now">The time of a transition.</param>
    public static AcceleratorPoolStatus Next(
        AcceleratorPool pool, PlacementIndex index, long? reservedBytes, long runtimeBytes, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(index);
        string name = pool.Metadata.Name;
        PlacementPool? known = index.Pools.GetValueOrDefault(name);
        List<DeviceLoad> devices = [.. index.DevicesOf(name)];
        List<DeviceLoad> listed = [.. devices.Where(static device => device.IsListed)];
        bool measured = listed.TrueForAll(static device => device.MemoryBytes is not null);
        long smallest = index.Sizes.IsEmpty ? 0 : index.Sizes.Keys.First();
        long? Sum(Func<DeviceLoad, long> of) => measured ? listed.Sum(of) : null;
        return new AcceleratorPoolStatus
        {
            Conditions = (pool.Status?.Conditions).With(Ready(pool, known, measured, reservedBytes), now),
            ObservedGeneration = pool.Metadata.Generation,
            Capacity = Size(Sum(static device => device.MemoryBytes!.Value)),
            RuntimeMemory = new ByteSize(runtimeBytes),
            Cores = listed.Sum(static device => device.Cores),
            Used = new ByteSize(devices.Sum(static device => device.Used)),
            Threads = devices.Sum(static device => device.Threads),
            Free = Size(Sum(static device => Math.Max(0, device.Free))),
            LargestFree = measured ? new ByteSize(index.LargestFree(name)) : null,
            Stranded = Size(Sum(device => device.Free < smallest ? Math.Max(0, device.Free) : 0)),
            CostPerHour = Math.Round(devices.Sum(device => known?.Cost(device.Used, device.MemoryBytes) ?? 0), 6),
            Replicas = devices.Sum(static device => device.Replicas.Count),
            Places =
            [
                .. devices.SelectMany(static device => device.Replicas).Take(AcceleratorPoolStatus.PlacesMax)
                    .Select(replica => Place(index.Seats[replica])),
            ],
        };
    }

    private static PoolPlace Place(ReplicaSeat seat) => new()
    {
        Device = seat.Device.Device,
        Namespace = seat.Request.Replica.Namespace,
        Replica = seat.Request.Replica.Name,
        Memory = new ByteSize(seat.Request.MemoryBytes),
    };

    private static Condition Ready(AcceleratorPool pool, PlacementPool? known, bool measured, long? reservedBytes)
    {
        bool stated = pool.Terms.Devices is { Count: > 0 };
        (ConditionStatus Status, string Reason, string Message) state = known switch
        {
            null => (ConditionStatus.Unknown, "Unknown", "The pool has not been looked at yet."),
            { Problem: { } problem } => (ConditionStatus.False, "NoRuntime", problem),
            _ when stated => (ConditionStatus.True, "Stated", "Its devices are those of spec.devices."),
            _ when !measured => (
                ConditionStatus.True,
                "SizeUnknown",
                "What the machine has could not be read: replicas are placed as if there were room. Name the devices in spec.devices."),
            _ => (
                ConditionStatus.True,
                "Measured",
                $"The memory and cores that the platform may use, less {new ByteSize(reservedBytes ?? 0).ToRoundedText()} for itself."),
        };
        return new Condition
        {
            Type = AcceleratorPoolConditions.Ready,
            Status = state.Status,
            ObservedGeneration = pool.Metadata.Generation,
            Reason = state.Reason,
            Message = state.Message,
        };
    }

    private static ByteSize? Size(long? bytes) => bytes is { } known ? new ByteSize(known) : null;
}
