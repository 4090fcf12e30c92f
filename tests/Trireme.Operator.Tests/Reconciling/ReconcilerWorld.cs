using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Reconciling;

/// <summary>What a reconciler stands on, in memory and under virtual time: an API server, informers that follow it, and events.</summary>
internal sealed class ReconcilerWorld : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public ReconcilerWorld()
    {
        Api = new MemoryApi(Driver.Time);
        Informers = new InformerSet(Api, NullLoggerFactory.Instance, Driver.Time);
        Events = new EventRecorder(Api.Of<Event>(), new MetricRegistry(), NullLogger<EventRecorder>.Instance, Driver.Time);

        // Asked for before the set runs, they begin on the driven thread.
        Informers.Of<Release>();
        Informers.Of<ModelService>();
        Informers.Of<ModelReplica>();
        Driver.Start(() => Informers.RunAsync(_stop.Token));
        Driver.Start(() => Events.RunAsync(_stop.Token));
    }

    public TimeDriver Driver { get; } = new();

    public MemoryApi Api { get; }

    public InformerSet Informers { get; }

    public EventRecorder Events { get; }

    public OperatorOptions Options { get; } = new()
    {
        DataFolder = "/nowhere",
        Worker = new WorkerProgram { FileName = "none" },
        ModelRoots = [],
    };

    /// <summary>Reasons of the events recorded so far, in the order they were first recorded; uids here count up.</summary>
    public IReadOnlyList<string> EventReasons
    {
        get
        {
            Driver.RunUntilIdle();
            return [.. Api.All<Event>().OrderBy(news => news.Metadata.Uid, StringComparer.Ordinal).Select(news => news.Reason!)];
        }
    }

    public T Create<T>(T resource)
        where T : class, IResource
    {
        T created = Driver.Await(() => Api.Of<T>().CreateAsync(resource));
        Driver.RunUntilIdle();
        return created;
    }

    public void Delete<T>(ResourceKey key)
        where T : class, IResource
    {
        Driver.Await(() => Api.Of<T>().DeleteAsync(key));
        Driver.RunUntilIdle();
    }

    /// <summary>Reconciles and lets the informers see what that wrote.</summary>
    public ReconcileResult Reconcile(Func<CancellationToken, Task<ReconcileResult>> reconcile)
    {
        ReconcileResult result = Driver.Await(() => reconcile(CancellationToken.None));
        Driver.RunUntilIdle();
        return result;
    }

    public void Dispose()
    {
        _stop.Cancel();
        Driver.RunUntilIdle();
        Driver.Dispose();
        _stop.Dispose();
    }
}
