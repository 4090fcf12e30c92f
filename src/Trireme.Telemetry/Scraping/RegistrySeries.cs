using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Reads a registry of this process. A series is known by the registry's own objects, so that nothing is written out and read again.
/// Not safe for concurrent use, but a collection that takes too long may be left to itself and finish on another thread.
/// </summary>
internal sealed class RegistrySeries(MetricSource source, ISeriesAppender appender, MetricMetadata metadata, TelemetryOptions options)
    : IMetricVisitor, IDisposable
{
    private readonly SeriesTracker<RegistryKey> _series = new(appender, comparer: null);
    private readonly List<RegistrySample> _collected = [];
    private readonly HashSet<string> _described = new(ReferenceEqualityComparer.Instance);
    private readonly LabelSetBuilder _labels = new();

    /// <summary>Reads all values; whatever a gauge throws is thrown.</summary>
    public void Collect()
    {
        _collected.Clear();
        source.Registry.Accept(this);
    }

    void IMetricVisitor.Metric(string name, string help, string type)
    {
        if (!_described.Add(name)) return;
        metadata.Set(name, "TYPE", type);
        metadata.Set(name, "HELP", help);
    }

    void IMetricVisitor.Sample(string name, IReadOnlyList<string> labelNames, string[] labelValues, double value, string? bucketBound) =>
        _collected.Add(new RegistrySample(new RegistryKey(name, labelValues, bucketBound), labelNames, value));

    /// <summary>Stores what was collected.</summary>
    public ScrapeOutcome Ingest(long timestampMs)
    {
        if (_collected.Count > options.MaxSamplesPerScrape)
        {
            End(timestampMs);
            return new ScrapeOutcome($"more than {options.MaxSamplesPerScrape} samples in one scrape", _collected.Count, 0);
        }

        _series.Begin();
        foreach (RegistrySample sample in _collected) _series.Add(Find(sample), timestampMs, sample.Value);
        _series.Commit(timestampMs);
        return new ScrapeOutcome(null, _collected.Count, 0);
    }

    public void End(long timestampMs) => _series.EndAll(timestampMs);

    public void Dispose() => _series.Dispose();

    private KnownSeries<RegistryKey> Find(in RegistrySample sample)
    {
        if (_series.Expected is { } expected && expected.Key.IsSame(sample.Key)) return expected;
        if (_series.Known.TryGetValue(sample.Key, out KnownSeries<RegistryKey>? known)) return known;
        _labels.Clear();
        _labels.Set(LabelNames.MetricName, sample.Key.Name);
        for (int i = 0; i < sample.LabelNames.Count; i++) _labels.Set(sample.LabelNames[i], sample.Key.LabelValues[i]);
        if (sample.Key.BucketBound is { } bound) _labels.Set(LabelNames.BucketBound, bound);
        TargetLabels.Add(_labels, source.Labels);
        return _series.Start(sample.Key, _labels.ToLabelSet());
    }

    private readonly record struct RegistrySample(RegistryKey Key, IReadOnlyList<string> LabelNames, double Value);

    /// <summary>Two series of a registry never share the array of their label values.</summary>
    private readonly record struct RegistryKey(string Name, string[] LabelValues, string? BucketBound)
    {
        public bool IsSame(in RegistryKey other) =>
            ReferenceEquals(LabelValues, other.LabelValues)
            && ReferenceEquals(Name, other.Name)
            && ReferenceEquals(BucketBound, other.BucketBound);
    }
}
