using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Testing;

/// <summary>Replicas that ask for no key.</summary>
public sealed class OpenReplicas : IReplicaCredentials
{
    public bool TryFind(ModelReplica replica, out ReplicaKey? key)
    {
        key = null;
        return true;
    }
}
