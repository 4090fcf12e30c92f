namespace Trireme.Telemetry.Scraping;

/// <summary>The endpoints to scrape now. The list is read again every few seconds; return an immutable snapshot.</summary>
public interface IScrapeTargets
{
    IReadOnlyList<ScrapeTarget> Current { get; }
}
