using Trireme.Contracts.Metrics;

namespace Trireme.Telemetry.Storage;

/// <summary>What the store says about itself.</summary>
internal sealed class StoreMetrics
{
    private readonly MetricRegistry _registry;
    private readonly Counter.Series _ingested;
    private readonly Counter.Series _duplicate;
    private readonly Counter.Series _outOfOrder;
    private readonly Counter.Series _seriesLimit;
    private readonly Counter _evicted;

    public StoreMetrics(MetricRegistry registry)
    {
        _registry = registry;
        _ingested = registry.Counter("trireme_telemetry_samples_ingested_total", "Samples stored.").With();
        Counter dropped = registry.Counter("trireme_telemetry_samples_dropped_total", "Samples refused by the store.", "reason");
        _duplicate = dropped.With("duplicate");
        _outOfOrder = dropped.With("out_of_order");
        _seriesLimit = dropped.With("series_limit");
        _evicted = registry.Counter("trireme_telemetry_samples_evicted_total", "Samples evicted, by what made room necessary.", "reason");
        _evicted.With("retention");
        _evicted.With("memory");
    }

    public void Observe(Func<double> series, Func<double> bytes)
    {
        _registry.Gauge("trireme_telemetry_series", "Series in the store.").With().SetSource(series);
        _registry.Gauge("trireme_telemetry_store_bytes", "Memory of samples and labels, estimated.").With().SetSource(bytes);
    }

    public void Count(AppendOutcome outcome) => Of(outcome).Add();

    public void Evicted(string reason, long samples) => _evicted.With(reason).Add(samples);

    private Counter.Series Of(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Stored => _ingested,
        AppendOutcome.Duplicate => _duplicate,
        AppendOutcome.OutOfOrder => _outOfOrder,
        _ => _seriesLimit,
    };
}
