namespace Trireme.Telemetry;

/// <summary>Limits and intervals of scraping, storage and queries.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Time between two scrapes of one target.</summary>
    public TimeSpan ScrapeInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A scrape that takes longer has failed.</summary>
    public TimeSpan ScrapeTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A longer answer, counted after decompression, fails the scrape.</summary>
    public int MaxScrapeBytes { get; init; } = 16 << 20;

    /// <summary>An answer with more samples fails the scrape.</summary>
    public int MaxSamplesPerScrape { get; init; } = 20_000;

    /// <summary>Memory of answers that are being read, beyond the 256 KiB each has for certain.</summary>
    public long MaxScrapeMemoryBytes { get; init; } = 128L << 20;

    /// <summary>Samples older than this are evicted.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Beyond this number a new series takes the place of one that has ended, or of one of a source that has more than its share;
    /// otherwise it is refused. Both are counted.
    /// </summary>
    public int MaxSeries { get; init; } = 100_000;

    /// <summary>
    /// Memory of samples and labels; beyond it the source that has most gives its oldest samples before their time. A sample takes
    /// 13 bytes, so the default holds 10,000 series scraped every two seconds for an hour twice over.
    /// </summary>
    public long MaxStoreBytes { get; init; } = 512L << 20;

    /// <summary>How far back an instant selector looks for the last sample of a series.</summary>
    public TimeSpan LookbackDelta { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest evaluation, the wait for a free turn included.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most samples one query may load and hold.</summary>
    public int MaxQuerySamples { get; init; } = 20_000_000;

    public int MaxConcurrentQueries { get; init; } = 8;

    /// <exception cref="ArgumentOutOfRangeException">An interval or bound is not positive; the message names it.</exception>
    internal void ThrowIfInvalid()
    {
        foreach ((string name, double value) in ((string, double)[])
        [
            (nameof(ScrapeInterval), ScrapeInterval.TotalMilliseconds),
            (nameof(ScrapeTimeout), ScrapeTimeout.TotalMilliseconds),
            (nameof(MaxScrapeBytes), MaxScrapeBytes),
            (nameof(MaxSamplesPerScrape), MaxSamplesPerScrape),
            (nameof(MaxScrapeMemoryBytes), MaxScrapeMemoryBytes),
            (nameof(Retention), Retention.TotalMilliseconds),
            (nameof(MaxSeries), MaxSeries),
            (nameof(MaxStoreBytes), MaxStoreBytes),
            (nameof(LookbackDelta), LookbackDelta.TotalMilliseconds),
            (nameof(QueryTimeout), QueryTimeout.TotalMilliseconds),
            (nameof(MaxQuerySamples), MaxQuerySamples),
            (nameof(MaxConcurrentQueries), MaxConcurrentQueries),
        ])
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        }
    }
}
