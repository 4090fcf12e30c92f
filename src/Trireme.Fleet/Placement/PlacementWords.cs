using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Placement;

/// <summary>What people are told of places, as whole sentences with the figures in them.</summary>
internal static class PlacementWords
{
    /// <summary>Pools that are named; the rest is counted.</summary>
    private const int PoolsMax = 8;

    /// <summary>Why nothing has room for a replica, and what would help.</summary>
    public static string NoRoom(PlacementIndex index, PlacementRequest replica)
    {
        List<PlacementPool> admitting = [.. index.Pools.Values.Where(pool => pool.Admits(replica.Wanted))];
        if (admitting.Count == 0) return NoPool(index, replica);
        if (admitting.Find(static pool => pool.Problem is null) is null) return admitting[0].Problem!;
        PlacementPool best = admitting.Where(static pool => pool.Problem is null).MaxBy(pool => index.LargestFree(pool.Name))!;
        List<DeviceLoad> devices = [.. index.DevicesOf(best.Name).Where(static device => device.IsListed)];
        long largest = admitting.Where(static pool => pool.Problem is null)
            .SelectMany(pool => index.DevicesOf(pool.Name)).Max(static device => device.MemoryBytes ?? 0);
        string need = Need(replica);
        if (largest < replica.MemoryBytes)
        {
            string on = devices.Count == 1 ? "" : " on one device";
            return $"{need}; no pool it may use has more than {Text(largest)}{on}. Lower spec.resources.memory, or add a pool with more.";
        }

        long free = devices.Sum(static device => Math.Max(0, device.Unpromised));
        long all = devices.Sum(static device => device.MemoryBytes ?? 0);
        string piece = devices.Count == 1 ? "" : $", at most {Text(index.LargestFree(best.Name))} on one device";
        return $"{need}; pool {best.Name} has {Text(free)} of {Text(all)} free{piece}. It starts by itself once there is room: lower "
            + $"spec.resources.memory, or stop or shrink what \"trireme get acceleratorpool {best.Name} -o yaml\" lists.";
    }

    public static string Preempting(PlacementRequest replica, DeviceKey device, IReadOnlyList<ReplicaSeat> victims)
    {
        string who = victims.Count == 0
            ? "what drains there"
            : $"{string.Join(", ", victims.Take(PoolsMax).Select(static seat => seat.Request.Replica))}"
                + (victims.Count > PoolsMax ? $" and {victims.Count - PoolsMax} more" : "");
        return $"{Need(replica)}; it gets room on {device} once {who} has drained.";
    }

    public static string Preempted(ReplicaSeat victim, PlacementRequest replica, PriorityClass higher) =>
        $"Replica {victim.Request.Replica.Name} drains and makes room: service {replica.Service} of class {higher} has too few replicas "
        + $"and needs {Text(replica.MemoryBytes)} on {victim.Device}.";

    private static string NoPool(PlacementIndex index, PlacementRequest replica)
    {
        PlacementSpec wanted = replica.Wanted;
        if (wanted.Pool is { } name && !index.Pools.ContainsKey(name))
        {
            string known = Contracts.Validation.NearestName.Find(name, index.Pools.Keys) is { } near ? $" Did you mean \"{near}\"?" : "";
            return $"There is no AcceleratorPool \"{name}\"; correct spec.placement.pool or create it.{known}";
        }

        IEnumerable<string> reasons = index.Pools.Values.Take(PoolsMax).Select(pool => pool.TrustLevel < wanted.MinTrustLevel
            ? $"{pool.Name} has trust level {pool.TrustLevel} and {wanted.MinTrustLevel} is asked for"
            : wanted.Pool is { } only && only != pool.Name ? $"{pool.Name} is not {only}" : $"{pool.Name} lacks a label of the selector");
        string more = index.Pools.Count > PoolsMax ? $"; {index.Pools.Count - PoolsMax} more" : "";
        return $"No AcceleratorPool may take it: {string.Join("; ", reasons)}{more}. Change spec.placement or the pool.";
    }

    private static string Need(PlacementRequest replica) =>
        $"It needs {Text(replica.MemoryBytes)} (spec.resources.memory {Text(replica.MemoryBytes - replica.RuntimeBytes)} and "
        + $"{Text(replica.RuntimeBytes)} for the runtime)";

    private static string Text(long bytes) => new ByteSize(bytes).ToRoundedText();
}
