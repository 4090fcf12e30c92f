using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// The series of one source. It knows what each key of the last scrape stood for and in which order they came, so that a steady source
/// costs one comparison per sample, and it ends series that vanish with a stale marker. Not safe for concurrent use.
/// </summary>
internal sealed class SeriesTracker<TKey>(ISeriesAppender appender, IEqualityComparer<TKey>? comparer) : IDisposable
    where TKey : notnull
{
    private List<KnownSeries<TKey>> _last = [];
    private List<KnownSeries<TKey>> _current = [];
    private int _next;
    private long _scrape;

    /// <summary>By key, what this scrape or the last one has.</summary>
    public Dictionary<TKey, KnownSeries<TKey>> Known { get; } = new(comparer);

    /// <summary>The series that came after the one added last when it came the last time; null for none.</summary>
    public KnownSeries<TKey>? Expected => _next < _last.Count ? _last[_next] : null;

    /// <summary>Samples of this scrape.</summary>
    public int Samples { get; private set; }

    public void Begin()
    {
        appender.Begin();
        _current.Clear();
        _next = 0;
        Samples = 0;
        _scrape++;
    }

    public KnownSeries<TKey> Start(TKey key, LabelSet labels)
    {
        var series = new KnownSeries<TKey>(key, appender.Refer(labels));
        Known.Add(key, series);
        return series;
    }

    public void Add(KnownSeries<TKey> series, long timestampMs, double value)
    {
        // A value that is a stale marker by accident would end the series; it is an ordinary NaN here.
        appender.Append(series.Reference, timestampMs, double.IsNaN(value) ? double.NaN : value);
        Samples++;
        if (series.SeenInScrape == _scrape) return;
        if (series.SeenInScrape > 0) _next = series.Position + 1;
        series.SeenInScrape = _scrape;
        series.Position = _current.Count;
        _current.Add(series);
    }

    /// <summary>Stores the samples, and ends the series that the last scrape had and this one lacks.</summary>
    public void Commit(long timestampMs)
    {
        foreach (KnownSeries<TKey> series in _last)
        {
            if (series.SeenInScrape != _scrape) End(series, timestampMs);
        }

        appender.Commit();
        (_last, _current) = (_current, _last);
        _current.Clear();
    }

    /// <summary>Forgets the samples of this scrape, and ends all series of the last one.</summary>
    public void EndAll(long timestampMs)
    {
        appender.Begin();
        foreach (KnownSeries<TKey> series in _last) End(series, timestampMs);
        appender.Commit();
        _last.Clear();
        _current.Clear();
        Known.Clear();
    }

    public void Dispose() => appender.Dispose();

    private void End(KnownSeries<TKey> series, long timestampMs)
    {
        appender.Append(series.Reference, timestampMs, StaleMarker.Value);
        Known.Remove(series.Key);
    }
}

/// <summary>A series as the source names it, and as the store knows it.</summary>
internal sealed class KnownSeries<TKey>(TKey key, SeriesRef reference)
{
    public TKey Key { get; } = key;

    public SeriesRef Reference { get; } = reference;

    /// <summary>The last scrape that had the series; 0 before the first.</summary>
    public long SeenInScrape { get; set; }

    /// <summary>Its place among the series of that scrape.</summary>
    public int Position { get; set; }
}
