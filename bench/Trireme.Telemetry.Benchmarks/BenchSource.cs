using System.Diagnostics;
using System.Globalization;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Benchmarks;

/// <summary>A source as a scraper drives it: it keeps its references, and series that vanish end with a stale marker.</summary>
internal sealed class BenchSource(HeadStore store, string job, SourceKind kind = SourceKind.Target)
{
    private const long IntervalMs = 2000;

    private readonly ISeriesAppender _appender = store.Open(LabelSet.Of(new Label("job", job), new Label("instance", "i")), kind);
    private Dictionary<int, SeriesRef> _known = [];

    /// <summary>Samples that were not taken.</summary>
    public long Refused { get; private set; }

    /// <summary>Appends to the series of these numbers; returns the milliseconds of the commit, for which the store is locked.</summary>
    public double Append(int round, int first, int count)
    {
        var current = new Dictionary<int, SeriesRef>(count);
        _appender.Begin();
        for (int number = first; number < first + count; number++)
        {
            if (!_known.Remove(number, out SeriesRef? series)) series = _appender.Refer(Labels(number));
            _appender.Append(series, round * IntervalMs, round);
            current.Add(number, series);
        }

        foreach (SeriesRef series in _known.Values) _appender.Append(series, round * IntervalMs, StaleMarker.Value);
        _known = current;
        long started = Stopwatch.GetTimestamp();
        CommitResult result = _appender.Commit();
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Refused += result.OverMemoryLimit + result.OverSeriesLimit;
        return milliseconds;
    }

    private LabelSet Labels(int number) => LabelSet.Of(
        new Label(LabelNames.MetricName, "request_duration_seconds_bucket"),
        new Label("job", job),
        new Label("instance", "i"),
        new Label("number", number.ToString(CultureInfo.InvariantCulture)));
}
