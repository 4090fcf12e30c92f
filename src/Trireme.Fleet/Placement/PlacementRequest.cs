using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Placement;

/// <summary>A replica as far as placement looks at it.</summary>
/// <param name="Replica">Which one.</param>
/// <param name="Service">Whose it is.</param>
/// <param name="MemoryBytes">The most its process may take: spec.resources.memory and what the runtime takes beside it.</param>
/// <param name="RuntimeBytes">How much of that is for the runtime.</param>
/// <param name="Threads">Compute threads.</param>
/// <param name="Wanted">Where it may run.</param>
public sealed record PlacementRequest(
    ReplicaKey Replica, ServiceKey Service, long MemoryBytes, long RuntimeBytes, int Threads, PlacementSpec Wanted)
{
    private static readonly PlacementSpec Anywhere = new();

    /// <param name="replica">The replica.</param>
    /// <param name="runtimeBytes">What its process may take above its budget.</param>
    public static PlacementRequest Of(ModelReplica replica, long runtimeBytes)
    {
        ArgumentNullException.ThrowIfNull(replica);
        string tenant = replica.Metadata.Namespace ?? "";
        return new PlacementRequest(
            new ReplicaKey(tenant, replica.Metadata.Name),
            new ServiceKey(tenant, replica.Spec.Service),
            replica.Spec.Resources.Memory.Bytes + runtimeBytes,
            runtimeBytes,
            replica.Spec.Resources.Threads,
            replica.Spec.Placement ?? Anywhere);
    }
}
