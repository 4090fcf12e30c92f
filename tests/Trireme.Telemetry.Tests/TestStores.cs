using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Tests;

/// <summary>Stores and engines over them, with limits wide enough not to matter unless a test sets them.</summary>
internal static class TestStores
{
    public static TelemetryOptions WideOptions { get; } = new() { MaxStoreBytes = 4L << 30, MaxSeries = 1_000_000 };

    public static SeriesStore Create(TelemetryOptions? options = null, MetricRegistry? registry = null) =>
        new(options ?? WideOptions, new StoreMetrics(registry ?? new MetricRegistry()));

    public static QueryEngine Engine(SeriesStore store, TelemetryOptions? options = null, TimeProvider? time = null) =>
        new(store, options ?? WideOptions, time ?? TimeProvider.System, new QueryMetrics(new MetricRegistry()));

    /// <summary>Labels from pairs: name, value, name, value.</summary>
    public static LabelSet Labels(params ReadOnlySpan<string> pairs)
    {
        var labels = new Label[pairs.Length / 2];
        for (int i = 0; i < labels.Length; i++) labels[i] = new Label(pairs[2 * i], pairs[(2 * i) + 1]);
        return LabelSet.Of(labels);
    }
}
