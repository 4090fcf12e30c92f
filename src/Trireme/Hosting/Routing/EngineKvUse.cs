using System.Collections.Frozen;
using Trireme.Contracts.Metrics;
using Trireme.Kubernetes;
using Trireme.Telemetry.Queries;

namespace Trireme.Hosting.Routing;

/// <summary>
/// The share of KV blocks in use that each service's engines report, on average, from the series store. Asking never waits: an old
/// answer begins the read of the next, and one that is too old is none.
/// </summary>
internal sealed partial class EngineKvUse(IQueryEngine queries, TimeProvider time, ILogger<EngineKvUse> logger)
{
    private const string Expression = "avg by (namespace, service) (" + EngineMetricNames.KvCacheUsage + ")";

    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(20);

    private volatile Reading _last = new(FrozenDictionary<ResourceKey, double>.Empty, null);
    private int _reading;

    public double? Read(ResourceKey service)
    {
        Reading last = _last;
        TimeSpan? age = last.At is { } at ? time.GetElapsedTime(at) : null;
        if ((age is null || age > RefreshAfter) && Interlocked.Exchange(ref _reading, 1) == 0) _ = RefreshAsync();
        return age <= StaleAfter && last.Shares.TryGetValue(service, out double share) ? share : null;
    }

    private async Task RefreshAsync()
    {
        try
        {
            long begun = time.GetTimestamp();
            QueryResult result = await queries.QueryAsync(Expression, time.GetUtcNow(), CancellationToken.None);
            if (result.Value is VectorValue vector)
            {
                _last = new Reading(
                    vector.Samples
                        .Where(static sample => double.IsFinite(sample.Sample.Value))
                        .DistinctBy(static sample => KeyOf(sample))
                        .ToFrozenDictionary(static sample => KeyOf(sample), static sample => sample.Sample.Value),
                    begun);
            }
        }
        catch (Exception exception)
        {
            // Scaling goes on by what the router counts.
            LogUnreadable(exception);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private static ResourceKey KeyOf(VectorSample sample) => new(sample.Labels.Get("namespace"), sample.Labels.Get("service"));

    [LoggerMessage(LogLevel.Warning, "How full the engines' KV caches are could not be read")]
    private partial void LogUnreadable(Exception exception);

    /// <param name="Shares">What engines reported.</param>
    /// <param name="At">Timestamp of the read; null before the first.</param>
    private sealed record Reading(FrozenDictionary<ResourceKey, double> Shares, long? At);
}
