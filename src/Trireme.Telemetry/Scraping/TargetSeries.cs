using System.Text.Unicode;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// Reads the answers of one target. Lines that were there in the last answer are known by their bytes and read no further than their
/// value. Not safe for concurrent use: one scrape at a time.
/// </summary>
internal sealed class TargetSeries(LabelSet targetLabels, ISeriesAppender appender, MetricMetadata metadata, TelemetryOptions options)
    : IDisposable
{
    /// <summary>Comments known by their bytes; an answer with more, or with longer ones, has them read anew each time.</summary>
    private const int MaxKnownComments = 1024;
    private const int MaxKnownCommentBytes = 1024;

    private readonly SeriesTracker<byte[]> _series = new(appender, ByteSequenceComparer.Instance);
    private readonly HashSet<byte[]> _comments = new(ByteSequenceComparer.Instance);
    private readonly LabelSetBuilder _labels = new();

    /// <summary>
    /// Reads an answer and stores its samples, all or, if any line is malformed or there are too many, none. Series that the last
    /// answer had and this one lacks end.
    /// </summary>
    public ScrapeOutcome Ingest(ReadOnlySpan<byte> text, long timestampMs)
    {
        _series.Begin();
        ScrapeOutcome outcome = Read(text, timestampMs);
        if (outcome.Error is null) _series.Commit(timestampMs);
        else _series.EndAll(timestampMs);
        return outcome;
    }

    /// <summary>Ends all series, because the target failed or is gone.</summary>
    public void End(long timestampMs) => _series.EndAll(timestampMs);

    public void Dispose() => _series.Dispose();

    private ScrapeOutcome Read(ReadOnlySpan<byte> text, long timestampMs)
    {
        var reader = new ExpositionReader(text);
        int malformed = 0;
        int firstMalformed = 0;
        while (true)
        {
            KnownSeries<byte[]>? expected = _series.Expected;
            ExpositionItem item = reader.Read(expected?.Key);
            if (item == ExpositionItem.End) break;
            if (item == ExpositionItem.Comment && Note(reader)) continue;
            KnownSeries<byte[]>? series =
                item != ExpositionItem.Sample ? null
                : reader.IsExpected ? expected
                : Find(reader.Series, expected);
            if (series is null)
            {
                if (malformed++ == 0) firstMalformed = reader.Line;
                continue;
            }

            if (_series.Samples == options.MaxSamplesPerScrape)
            {
                return new ScrapeOutcome($"more than {options.MaxSamplesPerScrape} samples in one scrape", _series.Samples, malformed);
            }

            _series.Add(series, timestampMs, reader.Value);
        }

        string? error = malformed > 0 ? $"{malformed} malformed lines, the first is line {firstMalformed}" : null;
        return new ScrapeOutcome(error, _series.Samples, malformed);
    }

    /// <summary>Null for malformed text.</summary>
    private KnownSeries<byte[]>? Find(ReadOnlySpan<byte> text, KnownSeries<byte[]>? expected)
    {
        if (expected is not null && text.SequenceEqual(expected.Key)) return expected;
        if (_series.Known.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(text, out KnownSeries<byte[]>? known)) return known;
        if (!SeriesText.TryParse(text, _labels)) return null;
        TargetLabels.Add(_labels, targetLabels);
        return _series.Start(text.ToArray(), _labels.ToLabelSet());
    }

    /// <summary>False for malformed text.</summary>
    private bool Note(in ExpositionReader reader)
    {
        ReadOnlySpan<byte> line = reader.CommentLine;
        HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> known = _comments.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.Contains(line)) return true;
        if (!Utf8.IsValid(line)) return false;
        if (line.Length <= MaxKnownCommentBytes)
        {
            if (_comments.Count == MaxKnownComments) _comments.Clear();
            known.Add(line);
        }

        ExpositionComment comment = reader.ReadComment();
        metadata.Set(comment.Metric, comment.Keyword, comment.Text);
        return true;
    }
}
