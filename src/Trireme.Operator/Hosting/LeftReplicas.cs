using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.ModelReplicas;

namespace Trireme.Operator;

/// <summary>Replicas whose statuses tell of engines that are not this platform's: its data was copied, moved or restored.</summary>
public static class LeftReplicas
{
    /// <summary>
    /// Says of every replica that nothing runs for it, so that nothing is sent to the address of another platform's engine. Call before
    /// anything routes. Engines that are this platform's after all come back when the operator has looked at them.
    /// </summary>
    /// <returns>How many replicas had said something else.</returns>
    public static async Task<int> DisownAsync(KubernetesConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        IResourceClient<ModelReplica> client = new ResourceClients(connection).Of<ModelReplica>();
        ResourceList<ModelReplica> replicas = await client.ListAsync(null, cancellationToken: cancellationToken);
        int disowned = 0;
        foreach (ModelReplica replica in replicas.Items)
        {
            if (replica.Status is not { } status || (status.Endpoint is null && status.Process is null)) continue;
            await client.ReplaceStatusAsync(
                replica with { Status = ReplicaStatusPlan.PlatformStopped(replica, time.GetUtcNow()) }, cancellationToken);
            disowned++;
        }

        return disowned;
    }
}
