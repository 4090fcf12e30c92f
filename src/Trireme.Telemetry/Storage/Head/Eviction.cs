namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// Makes room and drops what is too old, a chunk at a time and the oldest first. Every step takes constant time and a batch has a number
/// of steps, so that no append waits for a search through the store. Touched under the store's lock only.
/// </summary>
internal sealed class Eviction(TelemetryOptions options, SeriesIndex index, ShareBook book, HeadMetrics metrics)
{
    /// <summary>Newest samples that a live series keeps while anything else can go.</summary>
    private const int KeptSamples = 8;

    /// <summary>Steps of a batch beside those of its samples, and steps per sample: a full chunk or a few small ones.</summary>
    private const int StepsPerBatch = 256;
    private const int StepsPerSample = 4;

    /// <summary>Steps until the source that gives is chosen anew, which looks at all sources.</summary>
    private const int StepsPerChoice = 32;

    private int _stepsLeft;
    private bool _seriesRefused;
    private SourceShare? _giving;
    private int _givingSteps;
    private SourceShare? _givingSeries;
    private int _givingSeriesSteps;

    public void BeginBatch(int samples)
    {
        _stepsLeft = StepsPerBatch + (StepsPerSample * samples);
        _seriesRefused = false;
        _giving = null;
        _givingSeries = null;
    }

    /// <summary>False when the bytes do not fit and nothing more can go; some may have gone then.</summary>
    public bool MakeRoom(long bytes, SourceShare wanting, bool newSeries)
    {
        while (book.Bytes + bytes > options.MaxStoreBytes)
        {
            if (_stepsLeft-- <= 0 || ChooseGiving() is not { Chunks.Oldest: { } oldest } giving) return false;
            TakeStep(oldest, newSeries && ShareBook.MayTake(giving, wanting));
        }

        return true;
    }

    /// <summary>False when there are as many series as there may be, and no source has more than the one that wants another.</summary>
    public bool MakeSeriesRoom(SourceShare wanting)
    {
        if (book.Series < options.MaxSeries) return true;
        if (_seriesRefused) return false;
        if (ChooseGivingSeries() is { } giving && (giving.FirstEnded() ?? Oldest(giving, wanting)) is { } series)
        {
            Remove(series, EvictionReason.SeriesLimit);
            return true;
        }

        _seriesRefused = true;
        return false;
    }

    /// <summary>Drops chunks that ended before a time, at most the given number. True when none is left.</summary>
    public bool DropBefore(long horizonMs, int atMost)
    {
        foreach (SourceShare share in book.Shares.ToArray())
        {
            while (share.Chunks.Oldest is { } oldest && oldest.LastTimestampMs < horizonMs)
            {
                if (atMost-- == 0) return false;
                Drop(oldest, EvictionReason.Retention);
            }
        }

        return true;
    }

    private static MemorySeries? Oldest(SourceShare giving, SourceShare wanting) =>
        ShareBook.MayTake(giving, wanting) ? giving.Chunks.Oldest?.Series : null;

    private SourceShare? ChooseGiving()
    {
        if (_giving is null or { Series: 0 } || _givingSteps-- == 0)
        {
            _giving = book.MostBytes();
            _givingSteps = StepsPerChoice;
        }

        return _giving;
    }

    /// <summary>Chosen anew for every series that is taken alive, so that none is while another source has one that ended.</summary>
    private SourceShare? ChooseGivingSeries()
    {
        if (_givingSeries?.FirstEnded() is null || _givingSeriesSteps-- == 0)
        {
            _givingSeries = book.MostSeries();
            _givingSeriesSteps = StepsPerChoice;
        }

        return _givingSeries;
    }

    private void TakeStep(Chunk oldest, bool mayRemoveLive)
    {
        MemorySeries series = oldest.Series;
        if (oldest != series.Open || series.HasEnded || mayRemoveLive)
        {
            Drop(oldest, EvictionReason.Memory);
            return;
        }

        // The last chunk of a live series: its newest samples are what everybody asks for.
        ChunkQueue queue = series.Share.Chunks;
        queue.Remove(oldest);
        Chunk kept = oldest;
        if (oldest.Count > KeptSamples && oldest.Capacity > HeadStore.FirstCapacity)
        {
            kept = oldest.WithNewest(KeptSamples, HeadStore.FirstCapacity);
            series.Replace(oldest, kept);
            book.AddBytes(series.Share, kept.Bytes - oldest.Bytes);
            metrics.Evicted(series.Share, EvictionReason.Memory, oldest.Count - kept.Count);
        }

        queue.Add(kept);
    }

    private void Drop(Chunk chunk, EvictionReason reason)
    {
        MemorySeries series = chunk.Series;
        if (series.Chunks.Length == 1)
        {
            Remove(series, reason);
            return;
        }

        series.Remove(chunk);
        series.Share.Chunks.Remove(chunk);
        book.AddBytes(series.Share, -chunk.Bytes);
        metrics.Evicted(series.Share, reason, chunk.Count);
    }

    private void Remove(MemorySeries series, EvictionReason reason)
    {
        int samples = 0;
        foreach (Chunk chunk in series.Chunks)
        {
            samples += chunk.Count;
            series.Share.Chunks.Remove(chunk);
            book.AddBytes(series.Share, -chunk.Bytes);
        }

        series.Clear();
        index.Remove(series);
        book.RemoveSeries(series);
        metrics.Evicted(series.Share, reason, samples);
    }
}
