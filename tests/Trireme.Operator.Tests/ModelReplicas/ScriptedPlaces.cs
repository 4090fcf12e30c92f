using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Placement;

namespace Trireme.Operator.Tests.ModelReplicas;

/// <summary>Has one word on every replica.</summary>
internal sealed class ScriptedPlaces : IReplicaPlaces
{
    public event Action<ResourceKey>? Decided;

    public ReplicaPlacement? Word { get; private set; } =
        new(new ReplicaPlace { Pool = "local", Device = "machine" }, "Placed", "It has its place on local/machine.");

    public ReplicaPlacement? Of(ModelReplica replica) => Word;

    public void Say(ResourceKey key, ReplicaPlacement? word)
    {
        Word = word;
        Decided?.Invoke(key);
    }
}
