using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Identity;

/// <summary>
/// What the platform presents to its replicas. Known to the parts of this process alone: no object, status or annotation holds it.
/// </summary>
public interface IReplicaCredentials
{
    /// <summary>Finds what the engine that a replica's status tells of is called with.</summary>
    /// <param name="replica">The replica.</param>
    /// <param name="key">Its key; null for an engine that asks for none.</param>
    /// <returns>False if it is not certain that the engine is still the platform's: then nothing may be sent to its address.</returns>
    bool TryFind(ModelReplica replica, out ReplicaKey? key);
}
