using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>Asks for everything the pages show of the whole fleet.</summary>
internal sealed class FleetQueries(TelemetryClient telemetry, DashboardOptions options)
{
    private const int ChartStepSeconds = 10;

    private static readonly TimeSpan ChartLength = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The metrics now. Of what cannot be read, values stay as they were and lines, which would lie under other times, are left out.
    /// </summary>
    /// <exception cref="HttpRequestException">Nothing could be read.</exception>
    public async Task<FleetMetrics> ReadAsync(FleetMetrics last, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var requests = new PageRequests(options);
        TimeRange range = TimeRange.Last(ChartLength, ChartStepSeconds, now);
        var reads = new List<Task>();

        var perSecond = Value(nameof(FleetMetrics.RequestsPerSecond), last.RequestsPerSecond, Expressions.RequestsPerSecond);
        var failures = Value(nameof(FleetMetrics.FailuresPerSecond), last.FailuresPerSecond, Expressions.FailuresPerSecond);
        var tokens = Value(nameof(FleetMetrics.TokensPerSecond), last.TokensPerSecond, Expressions.TokensPerSecond);
        var ttft = Value(nameof(FleetMetrics.TtftP95), last.TtftP95, Expressions.TtftP95);
        var queueWait = Value(nameof(FleetMetrics.QueueWaitP95), last.QueueWaitP95, Expressions.QueueWaitP95);
        var kvUse = Value(nameof(FleetMetrics.KvUse), last.KvUse, Expressions.KvUse);
        var running = Value(nameof(FleetMetrics.ReplicaRunning), last.ReplicaRunning, Expressions.ReplicaRunning);
        var waiting = Value(nameof(FleetMetrics.ReplicaWaiting), last.ReplicaWaiting, Expressions.ReplicaWaiting);
        var replicaKvUse = Value(nameof(FleetMetrics.ReplicaKvUse), last.ReplicaKvUse, Expressions.ReplicaKvUse);
        var requestLine = Line(nameof(FleetMetrics.RequestsOverTime), Expressions.FleetRequests);
        var tokenLine = Line(nameof(FleetMetrics.TokensOverTime), Expressions.FleetTokens);
        var ttftP50Line = Line(nameof(FleetMetrics.TtftP50OverTime), Expressions.FleetTtft("0.5"));
        var ttftP95Line = Line(nameof(FleetMetrics.TtftP95OverTime), Expressions.FleetTtft("0.95"));
        var kvUseLine = Line(nameof(FleetMetrics.KvUseOverTime), Expressions.FleetKvUse);

        await Task.WhenAll(reads);
        if (requests.Problems.Count == reads.Count) throw new HttpRequestException(requests.Problems.Values.First());
        return new FleetMetrics
        {
            Problems = requests.Problems,
            Range = range,
            RequestsPerSecond = await perSecond,
            FailuresPerSecond = await failures,
            TokensPerSecond = await tokens,
            TtftP95 = await ttft,
            QueueWaitP95 = await queueWait,
            KvUse = await kvUse,
            ReplicaRunning = await running,
            ReplicaWaiting = await waiting,
            ReplicaKvUse = await replicaKvUse,
            RequestsOverTime = await requestLine,
            TokensOverTime = await tokenLine,
            TtftP50OverTime = await ttftP50Line,
            TtftP95OverTime = await ttftP95Line,
            KvUseOverTime = await kvUseLine,
        };

        Task<IReadOnlyList<MetricValue>> Value(string panel, IReadOnlyList<MetricValue> before, string expression) =>
            Begin(panel, before, token => telemetry.QueryAsync(expression, token));

        Task<IReadOnlyList<MetricRange>> Line(string panel, string expression) =>
            Begin<IReadOnlyList<MetricRange>>(panel, [], token => telemetry.QueryRangeAsync(expression, range, token));

        Task<T> Begin<T>(string panel, T whenFailed, Func<CancellationToken, Task<T>> read)
        {
            Task<T> started = requests.ReadAsync(panel, whenFailed, read, cancellationToken);
            reads.Add(started);
            return started;
        }
    }
}
