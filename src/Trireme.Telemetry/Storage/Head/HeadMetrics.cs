using Trireme.Contracts.Metrics;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>What the store says about itself.</summary>
internal sealed class HeadMetrics
{
    private readonly MetricRegistry _registry;
    private readonly Counter.Series _ingested;
    private readonly Counter.Series _duplicate;
    private readonly Counter.Series _outOfOrder;
    private readonly Counter.Series _seriesLimit;
    private readonly Counter.Series _memoryLimit;
    private readonly Counter.Series _evictedByAge;
    private readonly Counter.Series _evictedForMemory;
    private readonly Counter.Series _evictedForSeries;

    public HeadMetrics(MetricRegistry registry)
    {
        _registry = registry;
        _ingested = registry.Counter("trireme_telemetry_samples_ingested_total", "Samples stored.").With();
        Counter dropped = registry.Counter("trireme_telemetry_samples_dropped_total", "Samples refused by the store.", "reason");
        _duplicate = dropped.With("duplicate");
        _outOfOrder = dropped.With("out_of_order");
        _seriesLimit = dropped.With("series_limit");
        _memoryLimit = dropped.With("memory_limit");
        Counter evicted =
            registry.Counter("trireme_telemetry_samples_evicted_total", "Samples evicted, by what made room necessary.", "reason");
        _evictedByAge = evicted.With("retention");
        _evictedForMemory = evicted.With("memory");
        _evictedForSeries = evicted.With("series_limit");
    }

    public void Observe(Func<double> series, Func<double> bytes)
    {
        _registry.Gauge("trireme_telemetry_series", "Series in the store.").With().SetSource(series);
        _registry.Gauge("trireme_telemetry_store_bytes", "Memory of samples and labels, estimated.").With().SetSource(bytes);
    }

    public void Count(in CommitResult result)
    {
        _ingested.Add(result.Stored);
        _duplicate.Add(result.Duplicates);
        _outOfOrder.Add(result.OutOfOrder);
        _seriesLimit.Add(result.OverSeriesLimit);
        _memoryLimit.Add(result.OverMemoryLimit);
    }

    public void Evicted(EvictionReason reason, int samples) => (reason switch
    {
        EvictionReason.Retention => _evictedByAge,
        EvictionReason.Memory => _evictedForMemory,
        _ => _evictedForSeries,
    }).Add(samples);
}

/// <summary>What made samples go.</summary>
internal enum EvictionReason
{
    Retention,
    Memory,
    SeriesLimit,
}
