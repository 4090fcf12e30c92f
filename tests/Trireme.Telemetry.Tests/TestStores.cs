using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests;

/// <summary>Stores and engines over them, with limits wide enough not to matter unless a test sets them.</summary>
internal static class TestStores
{
    public static TelemetryOptions WideOptions { get; } = new() { MaxStoreBytes = 4L << 30, MaxSeries = 1_000_000 };

    public static NativeHistogram Histogram { get; } = new()
    {
        Schema = 3,
        ZeroThreshold = 1e-128,
        ZeroCount = 2,
        Count = 12,
        Sum = 18.4,
        Positive = new HistogramBuckets([new(0, 2), new(1, 2)], [1, 2, 1, 1]),
        Negative = new HistogramBuckets([new(-2, 1)], [5]),
    };

    public static HeadStore Create(TelemetryOptions? options = null, MetricRegistry? registry = null) =>
        new(options ?? WideOptions, new HeadMetrics(registry ?? new MetricRegistry()));

    /// <summary>Stores one sample as a batch of its own, of a source that has no labels.</summary>
    public static AppendOutcome Append(this HeadStore store, LabelSet labels, long timestampMs, SampleValue value)
    {
        using ISeriesAppender appender = store.Open(LabelSet.Empty, SourceKind.Target);
        return Append(appender, appender.Refer(labels), timestampMs, value);
    }

    /// <summary>Stores one sample as a batch of its own.</summary>
    public static AppendOutcome Append(ISeriesAppender appender, SeriesRef series, long timestampMs, SampleValue value)
    {
        appender.Begin();
        appender.Append(series, timestampMs, value);
        CommitResult result = appender.Commit();
        return result.Stored > 0 ? AppendOutcome.Stored
            : result.Duplicates > 0 ? AppendOutcome.Duplicate
            : result.OutOfOrder > 0 ? AppendOutcome.OutOfOrder
            : result.OverSeriesLimit > 0 ? AppendOutcome.SeriesLimit
            : AppendOutcome.MemoryLimit;
    }

    /// <summary>All series that match, whenever they have samples.</summary>
    public static IReadOnlyList<ISeries> Select(this HeadStore store, params LabelMatcher[] matchers) =>
        store.Select(matchers, long.MinValue, long.MaxValue, TestContext.Current.CancellationToken);

    public static QueryEngine Engine(HeadStore store, TelemetryOptions? options = null, TimeProvider? time = null) =>
        new(store, options ?? WideOptions, time ?? TimeProvider.System, new QueryMetrics(new MetricRegistry()));

    /// <summary>Labels from pairs: name, value, name, value.</summary>
    public static LabelSet Labels(params ReadOnlySpan<string> pairs)
    {
        var labels = new Label[pairs.Length / 2];
        for (int i = 0; i < labels.Length; i++) labels[i] = new Label(pairs[2 * i], pairs[(2 * i) + 1]);
        return LabelSet.Of(labels);
    }
}
