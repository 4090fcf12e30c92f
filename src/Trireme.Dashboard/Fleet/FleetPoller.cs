using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>
/// Reads the sources every two seconds, once for all browsers and only while somebody looks.
/// </summary>
internal sealed partial class FleetPoller(ApiClient api, TelemetryClient telemetry, TimeProvider time, ILogger<FleetPoller> logger)
    : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>A snapshot older than this when the first browser comes is not shown as the present.</summary>
    public static readonly TimeSpan Shelf = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ChartLength = TimeSpan.FromMinutes(15);
    private const int ChartStepSeconds = 10;

    private readonly Lock _lock = new();
    private readonly List<Subscription> _subscriptions = [];
    private CancellationTokenSource? _polling;
    private FleetSnapshot _current = FleetSnapshot.Empty;

    public FleetSnapshot Current
    {
        get
        {
            lock (_lock) return _current;
        }
    }

    /// <summary>Calls back after every poll until the result is disposed. A callback under way may still end after that.</summary>
    public IDisposable Subscribe(Action<FleetSnapshot> changed)
    {
        var subscription = new Subscription(this, changed);
        CancellationTokenSource? started = null;
        lock (_lock)
        {
            _subscriptions.Add(subscription);
            if (_polling is null)
            {
                if (time.GetUtcNow() - _current.At > Shelf) _current = FleetSnapshot.Empty;
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
                FleetSnapshot next = await ReadAsync(Current, cancellationToken);
                Publish(polling, next);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The last browser has left.
        }
    }

    private void Publish(CancellationTokenSource polling, FleetSnapshot next)
    {
        Subscription[] subscriptions;
        lock (_lock)
        {
            // When everybody left and somebody came back, a newer poll runs; this one has nothing to say any more.
            if (_polling != polling) return;
            _current = next;
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

    private async Task<FleetSnapshot> ReadAsync(FleetSnapshot last, CancellationToken cancellationToken)
    {
        // Side by side, so that a source that hangs does not delay the other.
        Task<FleetSnapshot> resources = ReadResourcesAsync(last, cancellationToken);
        Task<FleetSnapshot> metrics = ReadMetricsAsync(last, cancellationToken);
        FleetSnapshot measured = await metrics;
        return (await resources) with
        {
            Loaded = true,
            At = time.GetUtcNow(),
            Metrics = measured.Metrics,
            MetricsAt = measured.MetricsAt,
            TelemetryProblem = measured.TelemetryProblem,
        };
    }

    private async Task<FleetSnapshot> ReadResourcesAsync(FleetSnapshot last, CancellationToken cancellationToken)
    {
        try
        {
            return last with
            {
                Services = await api.ListAsync<ModelService>(cancellationToken),
                Replicas = await api.ListAsync<ModelReplica>(cancellationToken),
                Events = await api.ListAsync<Event>(cancellationToken),
                ResourcesAt = time.GetUtcNow(),
                ApiProblem = null,
            };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever is wrong with the answer, the page says so and the next poll tries again.
            return last with { ApiProblem = exception.Message };
        }
    }

    private async Task<FleetSnapshot> ReadMetricsAsync(FleetSnapshot last, CancellationToken cancellationToken)
    {
        try
        {
            FleetMetrics metrics = await QueryAsync(time.GetUtcNow(), cancellationToken);
            return last with { Metrics = metrics, MetricsAt = time.GetUtcNow(), TelemetryProblem = null };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return last with { TelemetryProblem = exception.Message };
        }
    }

    private async Task<FleetMetrics> QueryAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        TimeRange range = TimeRange.Last(ChartLength, ChartStepSeconds, now);
        return new FleetMetrics
        {
            RequestsPerSecond = await telemetry.QueryAsync(Expressions.RequestsPerSecond, cancellationToken),
            FailuresPerSecond = await telemetry.QueryAsync(Expressions.FailuresPerSecond, cancellationToken),
            TokensPerSecond = await telemetry.QueryAsync(Expressions.TokensPerSecond, cancellationToken),
            TtftP95 = await telemetry.QueryAsync(Expressions.TtftP95, cancellationToken),
            QueueWaitP95 = await telemetry.QueryAsync(Expressions.QueueWaitP95, cancellationToken),
            KvUse = await telemetry.QueryAsync(Expressions.KvUse, cancellationToken),
            ReplicaRunning = await telemetry.QueryAsync(Expressions.ReplicaRunning, cancellationToken),
            ReplicaWaiting = await telemetry.QueryAsync(Expressions.ReplicaWaiting, cancellationToken),
            ReplicaKvUse = await telemetry.QueryAsync(Expressions.ReplicaKvUse, cancellationToken),
            Range = range,
            RequestsOverTime = await telemetry.QueryRangeAsync(Expressions.FleetRequests, range, cancellationToken),
            TokensOverTime = await telemetry.QueryRangeAsync(Expressions.FleetTokens, range, cancellationToken),
            TtftP50OverTime = await telemetry.QueryRangeAsync(Expressions.FleetTtft("0.5"), range, cancellationToken),
            TtftP95OverTime = await telemetry.QueryRangeAsync(Expressions.FleetTtft("0.95"), range, cancellationToken),
            KvUseOverTime = await telemetry.QueryRangeAsync(Expressions.FleetKvUse, range, cancellationToken),
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page failed to take the new state of the fleet; the others go on")]
    private partial void LogBrokenSubscriber(Exception exception);

    private sealed class Subscription(FleetPoller poller, Action<FleetSnapshot> changed) : IDisposable
    {
        public Action<FleetSnapshot> Changed => changed;

        public void Dispose() => poller.Stop(subscriptions => subscriptions.Remove(this));
    }
}
