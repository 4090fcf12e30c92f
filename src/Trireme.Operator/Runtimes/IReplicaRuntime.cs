using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes;

/// <summary>
/// Runs engines: as processes of this machine, or as whatever else can run one. Calls say what is wanted and may be repeated
/// at any time. At most one call for a key is under way.
/// </summary>
public interface IReplicaRuntime
{
    /// <summary>Raised when an engine's state may have changed by itself, such as when it ended.</summary>
    event Action<ResourceKey>? Changed;

    /// <summary>Everything that runs or has left state behind, also what no object asks for any more.</summary>
    IReadOnlyCollection<ResourceKey> Known { get; }

    /// <summary>
    /// Makes sure that nobody else runs the same engines, and finds those an earlier platform left. Called once, before anything else.
    /// </summary>
    /// <exception cref="IOException">Another platform runs them.</exception>
    Task AdoptAsync(CancellationToken cancellationToken);

    /// <summary>Observes the engine and updates its record: readiness, exits, limits. Starts nothing.</summary>
    Task<ReplicaObservation> ObserveAsync(ModelReplica replica, CancellationToken cancellationToken);

    /// <summary>Starts the engine of a replica whose observation said it may start.</summary>
    Task<StartResult> StartAsync(ModelReplica replica, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the engine to finish its open streams and end, and kills it past its drain timeout. True once nothing is left.
    /// </summary>
    Task<bool> StopAsync(ResourceKey key, CancellationToken cancellationToken);

    /// <summary>Drains and ends every engine; when cancelled, kills what is left.</summary>
    Task StopAllAsync(CancellationToken cancellationToken);
}
