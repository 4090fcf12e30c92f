using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// The series of one target. It remembers what each line of the last scrape stood for, so that a steady target costs one lookup by
/// bytes per sample, and it ends series that vanish with a stale marker. Not safe for concurrent use: one scrape at a time.
/// </summary>
internal sealed class TargetSeries(LabelSet targetLabels, SeriesStore store, MetricMetadata metadata, TelemetryOptions options)
{
    private readonly Dictionary<byte[], KnownSeries> _known = new(ByteSequenceComparer.Instance);
    private readonly List<(KnownSeries Series, double Value)> _batch = [];
    private readonly LabelSetBuilder _labels = new();
    private long _scrape;

    /// <summary>
    /// Reads an answer and stores its samples, all or, if any line is malformed or there are too many, none. Series that the last
    /// answer had and this one lacks end.
    /// </summary>
    public ScrapeOutcome Ingest(ReadOnlySpan<byte> text, long timestampMs)
    {
        _scrape++;
        _batch.Clear();
        ScrapeOutcome outcome = Read(text);
        if (outcome.Error is null)
        {
            foreach ((KnownSeries series, double value) in _batch) Append(series, timestampMs, value);
        }

        EndVanished(timestampMs, everything: outcome.Error is not null);
        return outcome;
    }

    /// <summary>Ends all series, because the target failed or is gone.</summary>
    public void End(long timestampMs) => EndVanished(timestampMs, everything: true);

    private ScrapeOutcome Read(ReadOnlySpan<byte> text)
    {
        var reader = new ExpositionReader(text);
        var lookup = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        int malformed = 0;
        int firstMalformed = 0;
        for (ExpositionItem item = reader.Read(); item != ExpositionItem.End; item = reader.Read())
        {
            if (item == ExpositionItem.Comment)
            {
                metadata.Set(reader.Comment);
                continue;
            }

            KnownSeries? series = null;
            if (item == ExpositionItem.Sample && !lookup.TryGetValue(reader.Series, out series))
            {
                series = Parse(reader.Series);
                if (series is not null) lookup[reader.Series] = series;
            }

            if (series is null)
            {
                if (malformed++ == 0) firstMalformed = reader.Line;
                continue;
            }

            if (_batch.Count == options.MaxSamplesPerScrape)
            {
                return new ScrapeOutcome($"more than {options.MaxSamplesPerScrape} samples in one scrape", _batch.Count, malformed);
            }

            _batch.Add((series, reader.Value));
        }

        string? error = malformed > 0 ? $"{malformed} malformed lines, the first is line {firstMalformed}" : null;
        return new ScrapeOutcome(error, _batch.Count, malformed);
    }

    private KnownSeries? Parse(ReadOnlySpan<byte> text)
    {
        if (!SeriesText.TryParse(text, _labels)) return null;
        foreach (Label label in targetLabels.Labels)
        {
            string scraped = _labels.Get(label.Name);
            if (scraped.Length > 0)
            {
                string exported = "exported_" + label.Name;
                while (_labels.Get(exported).Length > 0) exported = "exported_" + exported;
                _labels.Set(exported, scraped);
            }

            _labels.Set(label.Name, label.Value);
        }

        return new KnownSeries(_labels.ToLabelSet());
    }

    private void Append(KnownSeries series, long timestampMs, double value)
    {
        series.SeenInScrape = _scrape;
        // A value that is a stale marker by accident would end the series; it is an ordinary NaN here.
        store.Append(ref series.Stored, series.Labels, timestampMs, double.IsNaN(value) ? double.NaN : value);
    }

    private void EndVanished(long timestampMs, bool everything)
    {
        List<byte[]>? ended = null;
        foreach ((byte[] text, KnownSeries series) in _known)
        {
            if (!everything && series.SeenInScrape == _scrape) continue;
            if (series.Stored is not null) store.Append(ref series.Stored, series.Labels, timestampMs, StaleMarker.Value);
            (ended ??= []).Add(text);
        }

        foreach (byte[] text in ended ?? []) _known.Remove(text);
    }

    private sealed class KnownSeries(LabelSet labels)
    {
        public MemorySeries? Stored;

        public LabelSet Labels { get; } = labels;

        public long SeenInScrape { get; set; }
    }
}
