namespace Trireme.Telemetry.Scraping;

/// <summary>Reads one source over and over and stores what it says. One read at a time.</summary>
internal interface IScrape : IDisposable
{
    /// <summary>
    /// Stores the samples of the source, all or, if any is wrong, none, under one time. Whatever it throws means that the source could
    /// not be read and nothing was stored.
    /// </summary>
    Task<ScrapeOutcome> ReadAsync(long timestampMs, CancellationToken cancellationToken);

    /// <summary>Ends all series of the source, because it failed or is gone.</summary>
    void End(long timestampMs);
}
