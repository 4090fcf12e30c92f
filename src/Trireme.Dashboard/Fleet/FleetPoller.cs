using Trireme.Contracts.Resources;
using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>
/// Reads the sources every two seconds, once for all browsers and only while somebody looks.
/// </summary>
internal sealed class FleetPoller(ApiClient api, TelemetryClient telemetry, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ChartLength = TimeSpan.FromMinutes(15);
    private const int ChartStepSeconds = 10;

    private readonly Lock _lock = new();
    private readonly List<Action<FleetSnapshot>> _subscribers = [];
    private CancellationTokenSource? _polling;

    public FleetSnapshot Current { get; private set; } = FleetSnapshot.Empty;

    /// <summary>Calls back after every poll until the result is disposed.</summary>
    public IDisposable Subscribe(Action<FleetSnapshot> changed)
    {
        lock (_lock)
        {
            _subscribers.Add(changed);
            if (_polling is null)
            {
                _polling = new CancellationTokenSource();
                _ = PollAsync(_polling.Token);
            }
        }

        return new Subscription(this, changed);
    }

    public void Dispose()
    {
        _polling?.Cancel();
        _polling?.Dispose();
    }

    private void Unsubscribe(Action<FleetSnapshot> changed)
    {
        lock (_lock)
        {
            _subscribers.Remove(changed);
            if (_subscribers.Count > 0) return;
            _polling?.Cancel();
            _polling?.Dispose();
            _polling = null;
        }
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            do
            {
                FleetSnapshot next = await ReadAsync(Current, cancellationToken);
                Current = next;
                Action<FleetSnapshot>[] subscribers;
                lock (_lock) subscribers = [.. _subscribers];
                foreach (Action<FleetSnapshot> subscriber in subscribers) subscriber(next);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The last browser has left.
        }
    }

    private async Task<FleetSnapshot> ReadAsync(FleetSnapshot last, CancellationToken cancellationToken)
    {
        FleetSnapshot next = last with { Loaded = true, At = time.GetUtcNow(), ApiProblem = null, TelemetryProblem = null };
        try
        {
            Task<IReadOnlyList<ModelService>> services = api.ListAsync<ModelService>(cancellationToken);
            Task<IReadOnlyList<ModelReplica>> replicas = api.ListAsync<ModelReplica>(cancellationToken);
            Task<IReadOnlyList<Event>> events = api.ListAsync<Event>(cancellationToken);
            next = next with { Services = await services, Replicas = await replicas, Events = await events };
        }
        catch (Exception exception) when (IsOutage(exception, cancellationToken))
        {
            next = next with { ApiProblem = exception.Message };
        }

        try
        {
            return next with { Metrics = await ReadMetricsAsync(next.At, cancellationToken) };
        }
        catch (Exception exception) when (IsOutage(exception, cancellationToken))
        {
            return next with { TelemetryProblem = exception.Message };
        }
    }

    private async Task<FleetMetrics> ReadMetricsAsync(DateTimeOffset now, CancellationToken cancellationToken)
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

    private static bool IsOutage(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or System.Text.Json.JsonException
        || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested);

    private sealed class Subscription(FleetPoller poller, Action<FleetSnapshot> changed) : IDisposable
    {
        public void Dispose() => poller.Unsubscribe(changed);
    }
}
