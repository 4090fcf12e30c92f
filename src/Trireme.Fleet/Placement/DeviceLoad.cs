using System.Collections.Immutable;

namespace Trireme.Fleet.Placement;

/// <summary>A device with what sits on it.</summary>
/// <param name="Key">Which one.</param>
/// <param name="IsListed">False for a device that its pool has no more: who sits there stays, and nobody else comes.</param>
/// <param name="MemoryBytes">What replicas may take; null where that is not known.</param>
/// <param name="Cores">Its cores.</param>
/// <param name="Used">Memory of its replicas, as far as they may take it.</param>
/// <param name="Threads">Their compute threads.</param>
/// <param name="Promised">Memory kept for replicas that others make room for.</param>
/// <param name="Replicas">Who sits here.</param>
public sealed record DeviceLoad(
    DeviceKey Key,
    bool IsListed,
    long? MemoryBytes,
    int Cores,
    long Used,
    int Threads,
    long Promised,
    ImmutableSortedSet<ReplicaKey> Replicas)
{
    /// <summary>What is free; negative where more sits here than fits, which nobody is ended for.</summary>
    public long Free => (MemoryBytes ?? long.MaxValue / 2) - Used;

    /// <summary>What is free for a replica that nobody has made room for.</summary>
    public long Unpromised => Free - Promised;

    internal DeviceLoad With(PlacementRequest replica) => this with
    {
        Used = Used + replica.MemoryBytes, Threads = Threads + replica.Threads, Replicas = Replicas.Add(replica.Replica),
    };

    internal DeviceLoad Without(PlacementRequest replica) => this with
    {
        Used = Used - replica.MemoryBytes, Threads = Threads - replica.Threads, Replicas = Replicas.Remove(replica.Replica),
    };
}
