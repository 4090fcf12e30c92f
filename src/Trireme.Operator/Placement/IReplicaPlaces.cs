using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.Placement;

/// <summary>Who has a place.</summary>
internal interface IReplicaPlaces
{
    /// <summary>Raised when there is another word on a replica.</summary>
    event Action<ResourceKey>? Decided;

    /// <summary>The word on a replica; null while nobody has looked for a place yet.</summary>
    ReplicaPlacement? Of(ModelReplica replica);
}

/// <param name="Place">Its place; null where it has none.</param>
/// <param name="Reason">Reason of its condition Scheduled.</param>
/// <param name="Message">What people are told.</param>
internal sealed record ReplicaPlacement(ReplicaPlace? Place, string Reason, string Message);
