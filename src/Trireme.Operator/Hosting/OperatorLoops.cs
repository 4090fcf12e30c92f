using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Quality;
using Trireme.Operator.Releases;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Operator;

/// <summary>The operator's parts, wired: informers announce keys, controllers reconcile them, the runtime holds the engines.</summary>
internal sealed partial class OperatorLoops : IAsyncDisposable
{
    private readonly OperatorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ILoggerFactory _loggers;
    private readonly ResourceClient<ModelReplica> _replicaClient;
    private readonly ResourceClient<Lease> _leaseClient;
    private readonly Informer<Release> _releases;
    private readonly Informer<ModelService> _services;
    private readonly Informer<ModelReplica> _replicas;
    private readonly Controller<ResourceKey> _releaseLoop;
    private readonly Controller<ResourceKey> _serviceLoop;
    private readonly Controller<ResourceKey> _replicaLoop;
    private readonly EventRecorder _events;
    private readonly QualityProbe _quality;
    private readonly WorkerProbe _workerProbe;
    private readonly ProcessReplicaRuntime _runtime;
    private OwnerLock? _ownerLock;

    public OperatorLoops(
        OperatorOptions options,
        KubernetesConnection connection,
        IRolloutTelemetry telemetry,
        MetricRegistry metrics,
        ILoggerFactory loggers,
        TimeProvider time)
    {
        _options = options;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<OperatorLoops>();
        var releaseClient = new ResourceClient<Release>(connection);
        var serviceClient = new ResourceClient<ModelService>(connection);
        _replicaClient = new ResourceClient<ModelReplica>(connection);
        _leaseClient = new ResourceClient<Lease>(connection);
        _releases = new Informer<Release>(releaseClient, loggers.CreateLogger<Informer<Release>>(), time);
        _services = new Informer<ModelService>(serviceClient, loggers.CreateLogger<Informer<ModelService>>(), time);
        _replicas = new Informer<ModelReplica>(_replicaClient, loggers.CreateLogger<Informer<ModelReplica>>(), time);
        _events = new EventRecorder(new ResourceClient<Event>(connection), metrics, loggers.CreateLogger<EventRecorder>(), time);
        _quality = new QualityProbe(loggers.CreateLogger<QualityProbe>(), time);
        _workerProbe = new WorkerProbe(options.Replicas.HealthTimeout, time);
        var reader = new ReleaseReader(options.ModelRoots, new FileDigests());
        _runtime = new ProcessReplicaRuntime(
            options.ReplicasFolder,
            new WorkerLauncher(options.Worker, options.OwnerLockFile),
            _workerProbe,
            new ReleaseGate(_releases, reader).CheckAsync,
            options.Replicas,
            new ReplicaMetrics(metrics),
            loggers.CreateLogger<ProcessReplicaRuntime>(),
            time);

        var releases = new ReleaseReconciler(
            _releases, releaseClient, reader, _events, options.ReleaseRecheckInterval, loggers.CreateLogger<ReleaseReconciler>(), time);
        var evidence = new RolloutEvidence(telemetry, _quality, loggers.CreateLogger<RolloutEvidence>());
        var services = new ModelServiceReconciler(
            _services, _releases, _replicas, serviceClient, _replicaClient, evidence, _events,
            loggers.CreateLogger<ModelServiceReconciler>(), time);
        var replicas = new ModelReplicaReconciler(
            _replicas, _replicaClient, _runtime, _events, options.Replicas,
            loggers.CreateLogger<ModelReplicaReconciler>(), time);

        _releaseLoop = Loop("releases", workers: 2, releases.ReconcileAsync, metrics);
        _serviceLoop = Loop("modelservices", workers: 4, services.ReconcileAsync, metrics);

        // A hung engine holds a worker for the length of a health timeout; the others must not wait for it.
        _replicaLoop = Loop("modelreplicas", workers: 16, replicas.ReconcileAsync, metrics);
        Wire();
    }

    /// <summary>Works until cancelled. Engines go on; <see cref="DrainAsync"/> ends them.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _ownerLock = await OwnerLock.AcquireAsync(_options.OwnerLockFile, _time, cancellationToken);
        _runtime.Adopt();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops =
        [
            _releases.RunAsync(stop.Token),
            _services.RunAsync(stop.Token),
            _replicas.RunAsync(stop.Token),
            _events.RunAsync(stop.Token),
            LeadAsync(stop.Token),
        ];

        // No loop ends by itself. One that does has failed, and half an operator is worse than a restarted one.
        await Task.WhenAny(loops);
        await stop.CancelAsync();
        await Task.WhenAll(loops);
    }

    /// <summary>Ends every engine after its open streams and says so in the statuses. Call when <see cref="RunAsync"/> has ended.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _runtime.StopAllAsync(cancellationToken);
        using var grace = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
        foreach (ModelReplica replica in _replicas.Snapshot.Items)
        {
            if (!replica.Metadata.IsDeleting) await SayStoppedAsync(replica, grace.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _quality.DisposeAsync();
        _releaseLoop.Dispose();
        _serviceLoop.Dispose();
        _replicaLoop.Dispose();
        _workerProbe.Dispose();
        _ownerLock?.Dispose();
    }

    private Controller<ResourceKey> Loop(
        string name, int workers, Func<ResourceKey, CancellationToken, Task<ReconcileResult>> reconcile, MetricRegistry metrics) =>
        new(
            new ControllerOptions { Name = name, Workers = workers },
            reconcile,
            metrics,
            _loggers.CreateLogger<Controller<ResourceKey>>(),
            _time);

    private void Wire()
    {
        var owners = new ReplicaOwners(_replicas);
        _releases.Changed += key =>
        {
            _releaseLoop.Queue.Add(key);

            // Any service of the namespace may name this release now or by its content.
            foreach (ResourceKey service in _services.Snapshot.Keys)
            {
                if (service.Namespace == key.Namespace) _serviceLoop.Queue.Add(service);
            }
        };
        _services.Changed += _serviceLoop.Queue.Add;
        _replicas.Changed += key =>
        {
            _replicaLoop.Queue.Add(key);
            if (owners.Of(key) is { } service) _serviceLoop.Queue.Add(service);
        };
        _runtime.Changed += _replicaLoop.Queue.Add;
        _quality.Finished += _serviceLoop.Queue.Add;
    }

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_options.LeaderElection is { } election)
            {
                var lease = new LeaderLease(_leaseClient, election, _loggers.CreateLogger<LeaderLease>(), _time);
                await lease.RunAsync(ControlAsync, cancellationToken);
            }
            else
            {
                await ControlAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Shutdown.
        }
    }

    private async Task ControlAsync(CancellationToken cancellationToken)
    {
        await _releases.WaitForSyncAsync(cancellationToken);
        await _services.WaitForSyncAsync(cancellationToken);
        await _replicas.WaitForSyncAsync(cancellationToken);

        // Engines an earlier platform left behind are looked at even if their objects are gone: those are stopped.
        foreach (ResourceKey key in _runtime.Known) _replicaLoop.Queue.Add(key);
        LogWorking(_releases.Snapshot.Count, _services.Snapshot.Count, _replicas.Snapshot.Count);
        await Task.WhenAll(
            _releaseLoop.RunAsync(cancellationToken), _serviceLoop.RunAsync(cancellationToken), _replicaLoop.RunAsync(cancellationToken));
    }

    private async Task SayStoppedAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        try
        {
            ModelReplica current = await _replicaClient.GetAsync(ResourceKey.Of(replica), cancellationToken);
            ModelReplicaStatus status = ReplicaStatusPlan.PlatformStopped(current, _time.GetUtcNow());
            await _replicaClient.ReplaceStatusAsync(current with { Status = status }, cancellationToken);
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The next start observes the truth before it routes anything there.
            LogStatusLost(exception, ResourceKey.Of(replica));
        }
    }

    [LoggerMessage(LogLevel.Information, "The operator works on {Releases} releases, {Services} services and {Replicas} replicas")]
    private partial void LogWorking(int releases, int services, int replicas);

    [LoggerMessage(LogLevel.Warning, "The status of {Replica} could not be brought up to date at shutdown")]
    private partial void LogStatusLost(Exception exception, ResourceKey replica);
}
