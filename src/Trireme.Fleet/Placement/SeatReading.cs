using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Placement;

/// <summary>Finds in a replica's object where it sits.</summary>
public static class SeatReading
{
    /// <param name="index">Who sits where, as known so far.</param>
    /// <param name="replica">The replica as it is now.</param>
    /// <param name="runtimeBytes">What its process may take above its budget.</param>
    /// <param name="fresh">The replica where a place is to be looked for; null where it has one, waits, or goes.</param>
    public static PlacementIndex Read(PlacementIndex index, ModelReplica replica, long runtimeBytes, out PlacementRequest? fresh)
    {
        ArgumentNullException.ThrowIfNull(index);
        PlacementRequest request = PlacementRequest.Of(replica, runtimeBytes);
        bool leaves = replica.Metadata.IsDeleting;
        fresh = null;
        if (index.Seats.TryGetValue(request.Replica, out ReplicaSeat? seat) && seat.Request.MemoryBytes == request.MemoryBytes)
        {
            return leaves ? index.Leave(request.Replica) : index;
        }

        if (replica.Status?.Place is { } place) return index.Seat(request, DeviceKey.Of(place), leaves);
        if (replica.Status is { Process: not null } or { Phase: ReplicaPhase.Starting or ReplicaPhase.Ready })
        {
            return PlacementPlanner.Adopt(index, request, leaves);
        }

        if (leaves) return index.Without(request.Replica);
        bool waits = index.Waits.TryGetValue(request.Replica, out ReplicaWait? wait) && wait.Request.MemoryBytes == request.MemoryBytes;
        fresh = waits ? null : request;
        return index;
    }
}
