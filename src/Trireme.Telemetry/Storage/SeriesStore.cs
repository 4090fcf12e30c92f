using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>
/// The samples of the last hour or so, in memory and lost with the process. Bounded three ways: by age, by number of series and
/// by bytes. New series beyond the bound are refused; beyond the bytes the oldest samples of all series go first. Both are
/// counted. Writers are serialised by one lock, readers take none.
/// </summary>
internal sealed class SeriesStore
{
    /// <summary>What a series costs beside its samples and the text of its labels: objects, postings and dictionary entries.</summary>
    private const int SeriesOverheadBytes = 400;

    /// <summary>Share of the byte bound that is freed at once, so that the search for the oldest samples pays off.</summary>
    private const double FreedShare = 0.05;

    private readonly TelemetryOptions _options;
    private readonly StoreMetrics _metrics;
    private readonly SeriesIndex _index = new();
    private readonly Lock _write = new();
    private long _bytes;

    public SeriesStore(TelemetryOptions options, StoreMetrics metrics)
    {
        _options = options;
        _metrics = metrics;
        metrics.Observe(() => SeriesCount, () => Bytes);
    }

    public int SeriesCount => _index.Count;

    public long Bytes => Interlocked.Read(ref _bytes);

    public SeriesIndex Index => _index;

    public AppendOutcome Append(LabelSet labels, long timestampMs, double value)
    {
        MemorySeries? series = null;
        return Append(ref series, labels, timestampMs, value);
    }

    /// <summary>
    /// Adds a sample. The series is looked up where the caller has none yet or holds one that has been evicted since; keep what
    /// comes back for the next sample.
    /// </summary>
    public AppendOutcome Append(ref MemorySeries? series, LabelSet labels, long timestampMs, double value)
    {
        AppendOutcome outcome;
        lock (_write)
        {
            if (series is null or { Removed: true }) series = FindOrAdd(labels);
            if (series is null)
            {
                outcome = AppendOutcome.SeriesLimit;
            }
            else
            {
                outcome = series.Append(timestampMs, value, out int added);
                if (added > 0 && Interlocked.Add(ref _bytes, added) > _options.MaxStoreBytes) EvictOldest();
            }
        }

        _metrics.Count(outcome);
        return outcome;
    }

    public List<MemorySeries> Select(IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellationToken) =>
        _index.Select(matchers, cancellationToken);

    /// <summary>Evicts what is older than the retention, and the series that are empty then.</summary>
    public void EvictExpired(DateTimeOffset now)
    {
        lock (_write) EvictBefore((now - _options.Retention).ToUnixTimeMilliseconds(), "retention");
    }

    private MemorySeries? FindOrAdd(LabelSet labels)
    {
        if (_index.Find(labels) is { } found) return found;
        if (_index.Count >= _options.MaxSeries) return null;
        MemorySeries series = _index.Add(labels);
        Interlocked.Add(ref _bytes, Overhead(series));
        return series;
    }

    private void EvictOldest()
    {
        var chunks = new List<(long LastTimestampMs, int Bytes)>();
        foreach (MemorySeries series in _index.All)
        {
            foreach (Chunk chunk in series.Chunks) chunks.Add((chunk.LastTimestampMs, chunk.Bytes));
        }

        chunks.Sort(static (x, y) => x.LastTimestampMs.CompareTo(y.LastTimestampMs));
        long toFree = Bytes - (long)(_options.MaxStoreBytes * (1 - FreedShare));
        int next = 0;
        for (; next < chunks.Count - 1 && toFree > 0; next++) toFree -= chunks[next].Bytes;
        EvictBefore(chunks[next].LastTimestampMs, "memory");
    }

    private void EvictBefore(long horizonMs, string reason)
    {
        var empty = new List<MemorySeries>();
        long samples = 0;
        long bytes = 0;
        foreach (MemorySeries series in _index.All)
        {
            (int evictedSamples, int evictedBytes) = series.EvictBefore(horizonMs);
            samples += evictedSamples;
            bytes += evictedBytes;
            if (!series.Chunks.IsEmpty) continue;
            empty.Add(series);
            bytes += Overhead(series);
        }

        if (empty.Count > 0) _index.Remove(empty);
        Interlocked.Add(ref _bytes, -bytes);
        _metrics.Evicted(reason, samples);
    }

    private static int Overhead(MemorySeries series)
    {
        int bytes = SeriesOverheadBytes;
        foreach (Label label in series.Labels.Labels) bytes += 2 * (label.Name.Length + label.Value.Length);
        return bytes;
    }
}
