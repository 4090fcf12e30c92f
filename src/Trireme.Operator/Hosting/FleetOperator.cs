using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.Runtimes;

namespace Trireme.Operator;

/// <summary>Runs the loops of all reconcilers while this process leads, over a runtime that holds the engines.</summary>
internal sealed partial class FleetOperator(
    OperatorOptions options,
    InformerSet informers,
    IResourceClients clients,
    IReplicaRuntime runtime,
    EventRecorder events,
    ControllerFactory controllers,
    IEnumerable<IReconciler> reconcilers,
    ILoggerFactory loggers,
    ILogger<FleetOperator> logger,
    TimeProvider time)
{
    /// <summary>How long the statuses of ended engines may take at shutdown.</summary>
    private static readonly TimeSpan StatusGrace = TimeSpan.FromSeconds(5);

    private readonly Informer<ModelReplica> _replicas = informers.Of<ModelReplica>();

    /// <summary>Works until cancelled. Engines go on; <see cref="DrainAsync"/> ends them.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await runtime.AdoptAsync(cancellationToken);
        List<IControlLoop> loops = [.. reconcilers.Select(reconciler => reconciler.CreateLoop(controllers))];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] running = [events.RunAsync(stop.Token), LeadAsync(loops, stop.Token)];

        // No loop ends by itself. One that does has failed, and half an operator is worse than a restarted one.
        await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        foreach (IDisposable loop in loops.OfType<IDisposable>()) loop.Dispose();
    }

    /// <summary>
    /// Ends every engine after its open streams and says so in the statuses, unless they are to be left. Call when <see cref="RunAsync"/>
    /// has ended.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (options.LeaveReplicas)
        {
            LogLeft(runtime.Known.Count);
            return;
        }

        await runtime.StopAllAsync(cancellationToken);
        using var grace = new CancellationTokenSource(StatusGrace, time);
        IResourceClient<ModelReplica> client = clients.Of<ModelReplica>();
        foreach (ModelReplica replica in _replicas.Snapshot.Items)
        {
            if (!replica.Metadata.IsDeleting) await MarkStoppedAsync(client, replica, grace.Token);
        }
    }

    private async Task LeadAsync(List<IControlLoop> loops, CancellationToken cancellationToken)
    {
        try
        {
            if (options.LeaderElection is { } election)
            {
                var lease = new LeaderLease(clients.Of<Lease>(), election, loggers.CreateLogger<LeaderLease>(), time);
                await lease.RunAsync(term => ControlAsync(loops, term), cancellationToken);
            }
            else
            {
                await ControlAsync(loops, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Shutdown.
        }
    }

    private async Task ControlAsync(List<IControlLoop> loops, CancellationToken cancellationToken)
    {
        await informers.WaitForSyncAsync(cancellationToken);
        LogWorking(
            informers.Of<Release>().Snapshot.Count, informers.Of<ModelService>().Snapshot.Count, _replicas.Snapshot.Count);
        await Task.WhenAll(loops.Select(loop => loop.RunAsync(cancellationToken)));
    }

    private async Task MarkStoppedAsync(IResourceClient<ModelReplica> client, ModelReplica replica, CancellationToken cancellationToken)
    {
        try
        {
            ModelReplica current = await client.GetAsync(ResourceKey.Of(replica), cancellationToken);
            ModelReplicaStatus status = ReplicaStatusPlan.PlatformStopped(current, time.GetUtcNow());
            await client.ReplaceStatusAsync(current with { Status = status }, cancellationToken);
        }
        catch (Exception exception) when (exception is ApiException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The next start observes the truth before it routes anything there.
            LogStatusLost(exception, ResourceKey.Of(replica));
        }
    }

    [LoggerMessage(LogLevel.Information, "The operator works on {Releases} releases, {Services} services and {Replicas} replicas")]
    private partial void LogWorking(int releases, int services, int replicas);

    [LoggerMessage(LogLevel.Information, "{Count} replicas are left to the next platform")]
    private partial void LogLeft(int count);

    [LoggerMessage(LogLevel.Warning, "The status of {Replica} could not be brought up to date at shutdown")]
    private partial void LogStatusLost(Exception exception, ResourceKey replica);
}
