using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.PromQL;

/// <summary>What the query engine says about itself.</summary>
internal sealed class QueryMetrics(MetricRegistry registry)
{
    private static readonly double[] DurationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Counter _queries = registry.Counter("trireme_telemetry_queries_total", "Queries evaluated.", "outcome");

    private readonly Histogram.Series _duration = registry.Histogram(
        "trireme_telemetry_query_duration_seconds",
        "Time from the arrival of a query to its result.",
        DurationBuckets).With();

    public void Finished(QueryErrorKind? error, TimeSpan duration)
    {
        _queries.With(error is { } kind ? ErrorTypes.Name(kind) : "success").Add();
        _duration.Observe(duration.TotalSeconds);
    }
}
