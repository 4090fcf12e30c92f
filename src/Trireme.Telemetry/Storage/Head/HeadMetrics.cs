using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>What the store says about itself.</summary>
internal sealed class HeadMetrics
{
    /// <summary>Sources with a series of their own in the metric of losses; those after them share one.</summary>
    private const int MaxNamedSources = 100;

    private const string OtherSources = "other";

    private readonly MetricRegistry _registry;
    private readonly Counter _lost;
    private readonly HashSet<(string Job, string Instance)> _named = [(OtherSources, "")];
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
        _lost = registry.Counter(
            "trireme_telemetry_source_lost_samples_total",
            "Samples that a source lost at the store's bounds: evicted before their time, or refused.",
            "source_job", "source_instance", "outcome");
    }

    public void Observe(Func<double> series, Func<double> bytes)
    {
        _registry.Gauge("trireme_telemetry_series", "Series in the store.").With().SetSource(series);
        _registry.Gauge("trireme_telemetry_store_bytes", "Memory of samples and labels, estimated.").With().SetSource(bytes);
    }

    public void Count(in CommitResult result, SourceShare share)
    {
        if (result.OverSeriesLimit + result.OverMemoryLimit is > 0 and int refused)
        {
            share.Losses.AddRefused(refused);
            (share.Losses.RefusedCounter ??= LostOf(share, "refused")).Add(refused);
        }

        _ingested.Add(result.Stored);
        _duplicate.Add(result.Duplicates);
        _outOfOrder.Add(result.OutOfOrder);
        _seriesLimit.Add(result.OverSeriesLimit);
        _memoryLimit.Add(result.OverMemoryLimit);
    }

    public void Evicted(SourceShare share, EvictionReason reason, int samples)
    {
        (reason switch
        {
            EvictionReason.Retention => _evictedByAge,
            EvictionReason.Memory => _evictedForMemory,
            _ => _evictedForSeries,
        }).Add(samples);
        if (reason == EvictionReason.Retention) return;
        share.Losses.AddEvicted(samples);
        (share.Losses.EvictedCounter ??= LostOf(share, "evicted")).Add(samples);
    }

    private Counter.Series LostOf(SourceShare share, string outcome)
    {
        (string Job, string Instance) name = (share.Source.Get(LabelNames.Job), share.Source.Get(LabelNames.Instance));
        if (!_named.Contains(name) && _named.Count > MaxNamedSources) name = (OtherSources, "");
        _named.Add(name);
        return _lost.With(name.Job, name.Instance, outcome);
    }
}

/// <summary>What made samples go.</summary>
internal enum EvictionReason
{
    Retention,
    Memory,
    SeriesLimit,
}
