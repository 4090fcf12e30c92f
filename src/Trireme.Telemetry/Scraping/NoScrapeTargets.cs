namespace Trireme.Telemetry.Scraping;

/// <summary>For a process that only watches itself.</summary>
internal sealed class NoScrapeTargets : IScrapeTargets
{
    public IReadOnlyList<ScrapeTarget> Current => [];
}
