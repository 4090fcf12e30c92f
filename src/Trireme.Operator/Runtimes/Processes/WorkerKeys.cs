using System.Collections.Concurrent;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// The keys of this machine's engines, read from their folders. A key belongs to one process: another one that got its port, or its
/// process id, is never sent anything.
/// </summary>
/// <param name="replicasFolder">Folder of all replicas.</param>
public sealed class WorkerKeys(string replicasFolder) : IReplicaCredentials
{
    /// <summary>More than a machine runs; what is forgotten is read again.</summary>
    private const int HeldMax = 4096;

    /// <summary>By the replica's uid.</summary>
    private readonly ConcurrentDictionary<string, Held> _held = new();

    public bool TryFind(ModelReplica replica, out ReplicaKey? key)
    {
        key = null;
        if (replica.Status is not { } status) return false;
        if (status.Runtime != ReplicaRuntimes.Process) return true;
        if (replica.Metadata.Uid is not { } uid || status.Process is not { } process) return false;

        // What was known stays known: that the system tells nothing just now, for want of descriptors, is no reason to stop routing.
        if (_held.TryGetValue(uid, out Held? held) && held.Process == process)
        {
            key = held.Key;
            return true;
        }

        if (!ProcessTable.IsAlive(process)) return false;
        key = new ReplicaFolder(replicasFolder, ResourceKey.Of(replica)).ReadKey();
        if (key is null) return false;
        if (_held.Count >= HeldMax) _held.Clear();
        _held[uid] = new Held(process, key);
        return true;
    }

    private sealed record Held(ReplicaProcess Process, ReplicaKey Key);
}
