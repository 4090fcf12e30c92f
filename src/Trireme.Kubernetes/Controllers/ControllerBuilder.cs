using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.Kubernetes;

/// <summary>
/// Says what brings a key of a kind to its controller: a change of the object itself, of an object it owns, or of any other that a
/// function maps to it. Changes are told by key only; the reconcile reads what is.
/// </summary>
public sealed class ControllerBuilder<T>
    where T : class, IResource
{
    private readonly InformerSet _informers;
    private readonly MetricRegistry _metrics;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly List<Action<WorkQueue<ResourceKey>>> _sources = [];
    private int _workers = 2;

    internal ControllerBuilder(InformerSet informers, MetricRegistry metrics, ILoggerFactory loggers, TimeProvider time)
    {
        _informers = informers;
        _metrics = metrics;
        _loggers = loggers;
        _time = time;
        Informer<T> own = informers.Of<T>();
        _sources.Add(queue =>
        {
            own.Changed += queue.Add;

            // The informer may be shared and have announced its first list long ago.
            AddAll(queue, own.Snapshot.Keys);
        });
    }

    private ControllerOptions Options => new() { Name = ResourceCatalog.Of<T>().Plural, Workers = _workers };

    /// <summary>Objects whose controller is of this kind: a change of one, its end included, is its owner's affair.</summary>
    public ControllerBuilder<T> Owns<TOwned>()
        where TOwned : class, IResource
    {
        string kind = ResourceCatalog.Of<T>().Kind;
        return Watches<TOwned>(owned =>
        {
            foreach (OwnerReference owner in owned.Metadata.OwnerReferences ?? [])
            {
                if (owner.Controller == true && owner.Kind == kind) return [new ResourceKey(owned.Metadata.Namespace ?? "", owner.Name)];
            }

            return [];
        });
    }

    /// <summary>Objects of another kind, mapped to the keys that a change of one concerns; asked of the object before and after.</summary>
    public ControllerBuilder<T> Watches<TOther>(Func<TOther, IEnumerable<ResourceKey>> map)
        where TOther : class, IResource
    {
        Informer<TOther> informer = _informers.Of<TOther>();
        _sources.Add(queue => informer.Replaced += (before, after) =>
        {
            if (before is not null) AddAll(queue, map(before));
            if (after is not null) AddAll(queue, map(after));
        });
        return this;
    }

    /// <summary>Keys that something other than an object announces, such as a runtime or a timer.</summary>
    public ControllerBuilder<T> WatchesSource(Action<Action<ResourceKey>> subscribe)
    {
        _sources.Add(queue => subscribe(queue.Add));
        return this;
    }

    /// <summary>Keys reconciled at the same time; 2 unless said otherwise.</summary>
    public ControllerBuilder<T> Workers(int count)
    {
        _workers = count;
        return this;
    }

    /// <summary>A controller that reconciles each key by itself.</summary>
    public Controller<ResourceKey> Build(Func<ResourceKey, CancellationToken, Task<ReconcileResult>> reconcile)
    {
        var controller = new Controller<ResourceKey>(
            Options, reconcile, _metrics, _loggers.CreateLogger<Controller<ResourceKey>>(), _time);
        Connect(controller.Queue);
        return controller;
    }

    /// <summary>A controller that decides over all waiting keys together.</summary>
    public BatchController<ResourceKey> BuildForBatches(
        int batchSizeMax,
        Func<IReadOnlyList<ResourceKey>, CancellationToken, IReadOnlyList<(ResourceKey, Func<Task<ReconcileResult>>)>> decide)
    {
        var controller = new BatchController<ResourceKey>(
            Options, batchSizeMax, decide, _metrics, _loggers.CreateLogger<BatchController<ResourceKey>>(), _time);
        Connect(controller.Queue);
        return controller;
    }

    private void Connect(WorkQueue<ResourceKey> queue)
    {
        foreach (Action<WorkQueue<ResourceKey>> connect in _sources) connect(queue);
    }

    private static void AddAll(WorkQueue<ResourceKey> queue, IEnumerable<ResourceKey> keys)
    {
        foreach (ResourceKey key in keys) queue.Add(key);
    }
}
