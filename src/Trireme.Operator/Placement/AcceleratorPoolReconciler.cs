using System.Collections.Concurrent;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Placement;
using Trireme.Kubernetes;

namespace Trireme.Operator.Placement;

/// <summary>Keeps the object of the pool "local" there, and says of each pool what sits in it.</summary>
internal sealed class AcceleratorPoolReconciler(
    InformerSet informers, IResourceClients clients, ReplicaSeating seating, TimeProvider time) : IReconciler
{
    /// <summary>Shortest pause between two statuses of a pool, however much moves in it.</summary>
    private static readonly TimeSpan StatusPause = TimeSpan.FromSeconds(1);

    private readonly Informer<AcceleratorPool> _pools = informers.Of<AcceleratorPool>();
    private readonly IResourceClient<AcceleratorPool> _client = clients.Of<AcceleratorPool>();
    private readonly ConcurrentDictionary<string, TimeSpan> _writtenAt = new();

    public IControlLoop CreateLoop(ControllerFactory controllers) => controllers.For<AcceleratorPool>()
        .WatchesSource(announce =>
        {
            seating.PoolChanged += announce;
            announce(new ResourceKey("", AcceleratorPool.Local));
        })
        .Build(ReconcileAsync);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_pools.Snapshot.Find(key) is not { } pool)
        {
            if (key.Name == AcceleratorPool.Local) await CreateLocalAsync(cancellationToken);
            return ReconcileResult.Done;
        }

        AcceleratorPoolStatus status = PoolStatusPlan.Next(
            pool, seating.Index, seating.ReservedBytes, seating.RuntimeBytes, time.GetUtcNow());
        if (CanonicalJson.Same(pool.Status, status)) return ReconcileResult.Done;
        TimeSpan now = time.GetSteadyTime();
        if (_writtenAt.TryGetValue(key.Name, out TimeSpan written) && now - written < StatusPause)
        {
            return ReconcileResult.After(StatusPause - (now - written));
        }

        await _client.ReplaceStatusAsync(pool with { Status = status }, cancellationToken);
        _writtenAt[key.Name] = now;
        return ReconcileResult.Done;
    }

    private async Task CreateLocalAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.CreateAsync(
                new AcceleratorPool { Metadata = new ObjectMeta { Name = AcceleratorPool.Local } }, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            // The watch is behind.
        }
    }
}
