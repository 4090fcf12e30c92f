using Trireme.Dashboard.Clients;

namespace Trireme.Dashboard.Fleet;

/// <summary>Asks for the numbers that the pages show of the whole fleet; charts ask for themselves.</summary>
internal sealed class FleetQueries(TelemetryClient telemetry, DashboardOptions options)
{
    /// <summary>
    /// The metrics now. Of what cannot be read, values stay as they were.
    /// </summary>
    /// <exception cref="HttpRequestException">Nothing could be read.</exception>
    public async Task<FleetMetrics> ReadAsync(FleetMetrics last, CancellationToken cancellationToken)
    {
        using var requests = new PageRequests(options);
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

        await Task.WhenAll(reads);
        if (requests.Problems.Count == reads.Count) throw new HttpRequestException(requests.Problems.Values.First());
        return new FleetMetrics
        {
            Problems = requests.Problems,
            RequestsPerSecond = await perSecond,
            FailuresPerSecond = await failures,
            TokensPerSecond = await tokens,
            TtftP95 = await ttft,
            QueueWaitP95 = await queueWait,
            KvUse = await kvUse,
            ReplicaRunning = await running,
            ReplicaWaiting = await waiting,
            ReplicaKvUse = await replicaKvUse,
        };

        Task<IReadOnlyList<MetricValue>> Value(string panel, IReadOnlyList<MetricValue> before, string expression) =>
            Begin(panel, before, token => telemetry.QueryAsync(expression, token));

        Task<T> Begin<T>(string panel, T whenFailed, Func<CancellationToken, Task<T>> read)
        {
            Task<T> started = requests.ReadAsync(panel, whenFailed, read, cancellationToken);
            reads.Add(started);
            return started;
        }
    }
}
