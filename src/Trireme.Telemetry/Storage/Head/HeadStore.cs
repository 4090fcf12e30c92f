using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// The samples of the last hour or so, in memory and lost with the process. Bounded three ways: by age, by number of series and
/// by bytes. At a bound the source that has most gives its oldest samples, or is refused more; both are counted. Writers are serialised
/// by one lock, which a batch takes once; readers take none.
/// </summary>
internal sealed class HeadStore : ISeriesReader, ISeriesAppenders
{
    /// <summary>A series that dies young never pays for a full chunk.</summary>
    public const int FirstCapacity = 16;

    /// <summary>
    /// A chunk of a slow series spans no more than this part of the retention, so that it does not hold up what is behind it.
    /// </summary>
    private const int ChunksPerRetention = 4;

    /// <summary>Chunks dropped for their age before waiting writers have their turn.</summary>
    private const int ExpiredPerTurn = 4096;

    private readonly TelemetryOptions _options;
    private readonly HeadMetrics _metrics;
    private readonly SeriesIndex _index = new();
    private readonly Lock _write = new();
    private readonly ShareBook _book;
    private readonly Eviction _eviction;
    private readonly long _maxSpanMs;

    public HeadStore(TelemetryOptions options, HeadMetrics metrics)
    {
        _options = options;
        _metrics = metrics;
        _book = new ShareBook(options.MaxStoreBytes, options.MaxSeries);
        _eviction = new Eviction(options, _index, _book, metrics);
        _maxSpanMs = (long)Math.Min(options.Retention.TotalMilliseconds / ChunksPerRetention, int.MaxValue);
        metrics.Observe(() => _index.Count, () => Bytes);
    }

    public long Bytes => _book.Bytes;

    public SeriesIndex Index => _index;

    public ISeriesAppender Open(LabelSet source, SourceKind kind)
    {
        lock (_write) return new HeadAppender(this, _book.Open(source, kind));
    }

    public IReadOnlyList<ISeries> Select(
        IReadOnlyList<LabelMatcher> matchers,
        long fromMs,
        long toMs,
        CancellationToken cancellationToken)
    {
        List<MemorySeries> found = _index.Select(matchers, cancellationToken);
        found.RemoveAll(series => !series.MayHaveSamples(fromMs, toMs));
        return found;
    }

    public IEnumerable<string> LabelNames() => _index.LabelNames();

    public IEnumerable<string> LabelValues(string name) => _index.LabelValues(name);

    /// <summary>Evicts what is older than the retention, and the series that are empty then.</summary>
    public void EvictExpired(DateTimeOffset now)
    {
        long horizonMs = (now - _options.Retention).ToUnixTimeMilliseconds();
        bool done = false;
        while (!done)
        {
            lock (_write) done = _eviction.DropBefore(horizonMs, ExpiredPerTurn);
        }
    }

    /// <summary>What each source has.</summary>
    public IReadOnlyList<SourceUsage> Sources()
    {
        lock (_write) return [.. _book.Shares.Select(static share => Usage(share, share.Losses.Evicted, share.Losses.Refused))];
    }

    /// <summary>The source that lost most since this was asked last, with what it lost since then; null if none lost anything.</summary>
    public SourceUsage? TakeLosses()
    {
        SourceUsage? most = null;
        lock (_write)
        {
            foreach (SourceShare share in _book.Shares)
            {
                (long evicted, long refused) = share.Losses.Untold;
                share.Losses.Told();
                if (evicted + refused > (most?.Evicted + most?.Refused ?? 0)) most = Usage(share, evicted, refused);
            }
        }

        return most;
    }

    private static SourceUsage Usage(SourceShare share, long evicted, long refused) =>
        new(share.Source, share.Kind, share.Series, share.Bytes, evicted, refused);

    public CommitResult Commit(SourceShare share, ReadOnlySpan<PendingSample> samples)
    {
        var result = default(CommitResult);
        lock (_write)
        {
            _eviction.BeginBatch(samples.Length);
            foreach (ref readonly PendingSample sample in samples)
            {
                result.Count(Append(sample.Series, sample.TimestampMs, sample.Value, share));
            }

            _metrics.Count(result, share);
        }

        return result;
    }

    public void Close(SourceShare share)
    {
        lock (_write) _book.Close(share);
    }

    private AppendOutcome Append(HeadSeriesRef reference, long timestampMs, in SampleValue value, SourceShare share)
    {
        if (reference.Series is not { Removed: false } series)
        {
            if (_index.Find(reference.Labels) is not { } found) return Start(reference, timestampMs, value, share);
            reference.Series = series = found;
        }

        Chunk open = series.Open!;
        long last = open.LastTimestampMs;
        if (timestampMs <= last) return timestampMs == last ? AppendOutcome.Duplicate : AppendOutcome.OutOfOrder;
        if (value.Histogram is null && open.Takes(timestampMs, value, _maxSpanMs))
        {
            open.Append(timestampMs, value);
        }
        else
        {
            AppendOutcome outcome = Extend(reference, series, timestampMs, value, share);
            if (outcome != AppendOutcome.Stored) return outcome;
        }

        if (value.Histogram is null && StaleMarker.IsStale(value.Float)) reference.Series.Share.Ended(reference.Series);
        return AppendOutcome.Stored;
    }

    private AppendOutcome Start(HeadSeriesRef reference, long timestampMs, in SampleValue value, SourceShare share)
    {
        reference.Series = null;
        if (!_eviction.MakeSeriesRoom(share)) return AppendOutcome.SeriesLimit;
        int bytes = MemorySeries.OverheadOf(reference.Labels) + Chunk.FloatBytes(FirstCapacity) + (value.Histogram?.Bytes ?? 0);
        if (!_eviction.MakeRoom(bytes, share, newSeries: true)) return AppendOutcome.MemoryLimit;
        MemorySeries series = reference.Series = _index.Add(reference.Labels, share);
        _book.AddSeries(series);
        Add(new Chunk(series, FirstCapacity, timestampMs, value));
        return AppendOutcome.Stored;
    }

    /// <summary>Adds a sample that needs memory.</summary>
    private AppendOutcome Extend(HeadSeriesRef reference, MemorySeries series, long timestampMs, in SampleValue value, SourceShare share)
    {
        bool room = _eviction.MakeRoom(BytesToExtend(series.Open!, timestampMs, value), share, newSeries: false);
        // The series may have been what made room, or its open chunk may have been cut.
        if (series.Removed) return Start(reference, timestampMs, value, share);
        Chunk open = series.Open!;
        if (!room) return Squeeze(open, timestampMs, value);
        if (open.Takes(timestampMs, value, _maxSpanMs))
        {
            open.Append(timestampMs, value);
            _book.AddBytes(series.Share, value.Histogram?.Bytes ?? 0);
        }
        else if (open.Capacity < Chunk.FullCapacity && open.Reaches(timestampMs, value, _maxSpanMs))
        {
            Chunk grown = open.WithCapacity(open.Capacity * 2);
            grown.Append(timestampMs, value);
            Replace(open, grown);
        }
        else
        {
            Add(new Chunk(series, CapacityAfter(open), timestampMs, value));
        }

        return AppendOutcome.Stored;
    }

    /// <summary>Adds a sample for which there is no room: the series gives its own oldest ones.</summary>
    private AppendOutcome Squeeze(Chunk open, long timestampMs, in SampleValue value)
    {
        if (value.Histogram is not null) return AppendOutcome.MemoryLimit;
        if (open.Takes(timestampMs, value, _maxSpanMs))
        {
            open.Append(timestampMs, value);
            return AppendOutcome.Stored;
        }

        Chunk next;
        if (open.Reaches(timestampMs, value, _maxSpanMs))
        {
            next = open.WithNewest(open.Count / 2, open.Capacity);
            next.Append(timestampMs, value);
        }
        else
        {
            next = new Chunk(open.Series, FirstCapacity, timestampMs, value);
        }

        Replace(open, next);
        _metrics.Evicted(open.Series.Share, EvictionReason.Memory, open.Count + 1 - next.Count);
        return AppendOutcome.Stored;
    }

    private static int CapacityAfter(Chunk open) => open.Count == Chunk.FullCapacity ? Chunk.FullCapacity : FirstCapacity;

    private long BytesToExtend(Chunk open, long timestampMs, in SampleValue value)
    {
        int histogram = value.Histogram?.Bytes ?? 0;
        if (open.Takes(timestampMs, value, _maxSpanMs)) return histogram;
        return open.Reaches(timestampMs, value, _maxSpanMs) && open.Capacity < Chunk.FullCapacity
            ? histogram + Chunk.FloatBytes(open.Capacity * 2) - Chunk.FloatBytes(open.Capacity)
            : histogram + Chunk.FloatBytes(CapacityAfter(open));
    }

    private void Add(Chunk chunk)
    {
        chunk.Series.Add(chunk);
        chunk.Series.Share.Chunks.Add(chunk);
        _book.AddBytes(chunk.Series.Share, chunk.Bytes);
    }

    private void Replace(Chunk chunk, Chunk by)
    {
        chunk.Series.Replace(chunk, by);
        chunk.Series.Share.Chunks.Replace(chunk, by);
        _book.AddBytes(chunk.Series.Share, by.Bytes - chunk.Bytes);
    }
}
