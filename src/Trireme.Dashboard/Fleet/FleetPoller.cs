using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>
/// Reads the sources every two seconds, once for all browsers and only while somebody looks.
/// </summary>
internal sealed partial class FleetPoller(
    ApiClient api,
    FleetQueries queries,
    DashboardOptions options,
    TimeProvider time,
    ILogger<FleetPoller> logger) : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>A snapshot older than this when the first browser comes is not shown as the present.</summary>
    public static readonly TimeSpan MaxSnapshotAge = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];
    private CancellationTokenSource? _polling;
    private FleetOverview _current = FleetOverview.Empty;
    private long _readAt = time.GetTimestamp();

    public FleetOverview Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    /// <summary>Calls back after every poll until the result is disposed. A callback under way may still end after that.</summary>
    public IDisposable Subscribe(Action<FleetOverview> changed)
    {
        var subscription = new Subscription(this, changed);
        CancellationTokenSource? started = null;
        lock (_lock)
        {
            _subscriptions.Add(subscription);
            if (_polling is null)
            {
                if (time.GetElapsedTime(_readAt) > MaxSnapshotAge) _current = FleetOverview.Empty;
                _polling = started = new CancellationTokenSource();
            }
        }

        if (started is not null) _ = PollAsync(started);
        return subscription;
    }

    public void Dispose() => Stop(static subscriptions => subscriptions.Clear());

    private void Stop(Action<List<Subscription>> leave)
    {
        CancellationTokenSource? ended;
        lock (_lock)
        {
            leave(_subscriptions);
            if (_subscriptions.Count > 0) return;
            ended = _polling;
            _polling = null;
        }

        ended?.Cancel();
    }

    private async Task PollAsync(CancellationTokenSource polling)
    {
        // The source is not disposed: the last browser may cancel it at any time, and it holds nothing but memory.
        CancellationToken cancellationToken = polling.Token;
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            do
            {
                FleetOverview next = await ReadAsync(Current, cancellationToken);
                Publish(polling, next);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The last browser has left.
        }
    }

    private void Publish(CancellationTokenSource polling, FleetOverview next)
    {
        Subscription[] subscriptions;
        lock (_lock)
        {
            // When everybody left and somebody came back, a newer poll runs; this one has nothing to say any more.
            if (_polling != polling) return;
            _current = next;
            _readAt = time.GetTimestamp();
            subscriptions = [.. _subscriptions];
        }

        foreach (Subscription subscription in subscriptions)
        {
            try
            {
                subscription.Changed(next);
            }
            catch (Exception exception)
            {
                // One broken page must not blind the others.
                LogBrokenSubscriber(exception);
            }
        }
    }

    private async Task<FleetOverview> ReadAsync(FleetOverview last, CancellationToken cancellationToken)
    {
        // Side by side, so that a source that hangs does not delay the other.
        Task<FleetOverview> resources = ReadResourcesAsync(last, cancellationToken);
        Task<FleetOverview> metrics = ReadMetricsAsync(last, cancellationToken);
        FleetOverview measured = await metrics;
        return (await resources) with
        {
            Loaded = true,
            At = time.GetUtcNow(),
            Metrics = measured.Metrics,
            MetricsAt = measured.MetricsAt,
            TelemetryProblem = measured.TelemetryProblem,
        };
    }

    private async Task<FleetOverview> ReadResourcesAsync(FleetOverview last, CancellationToken cancellationToken)
    {
        using var requests = new PageRequests(options);
        Task<IReadOnlyList<ModelService>> services = List(nameof(FleetOverview.Services), last.Services);
        Task<IReadOnlyList<ModelReplica>> replicas = List(nameof(FleetOverview.Replicas), last.Replicas);
        Task<IReadOnlyList<Event>> events = List(nameof(FleetOverview.Events), last.Events);
        await Task.WhenAll(services, replicas, events);
        bool fresh = requests.Problems.Count == 0;
        return last with
        {
            Services = await services,
            Replicas = await replicas,
            Events = await events,
            ResourcesAt = fresh ? time.GetUtcNow() : last.ResourcesAt,
            ApiProblem = fresh ? null : requests.Problems.Values.First(),
        };

        Task<IReadOnlyList<T>> List<T>(string panel, IReadOnlyList<T> before)
            where T : class, IResource =>
            requests.ReadAsync(panel, before, api.ListAsync<T>, cancellationToken);
    }

    private async Task<FleetOverview> ReadMetricsAsync(FleetOverview last, CancellationToken cancellationToken)
    {
        try
        {
            FleetMetrics metrics = await queries.ReadAsync(last.Metrics, cancellationToken);
            return last with { Metrics = metrics, MetricsAt = time.GetUtcNow(), TelemetryProblem = null };
        }
        catch (HttpRequestException exception)
        {
            return last with { TelemetryProblem = exception.Message };
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page failed to take the new state of the fleet; the others go on")]
    private partial void LogBrokenSubscriber(Exception exception);

    private sealed class Subscription(FleetPoller poller, Action<FleetOverview> changed) : IDisposable
    {
        public Action<FleetOverview> Changed => changed;

        public void Dispose() => poller.Stop(subscriptions => subscriptions.Remove(this));
    }
}
