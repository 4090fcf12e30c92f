using Trireme.Telemetry.Scraping;

namespace Trireme.Hosting.Telemetry;

/// <summary>Everything that is scraped over HTTP.</summary>
internal sealed class FleetScrapeTargets(params IReadOnlyList<IScrapeTargets> kinds) : IScrapeTargets
{
    public IReadOnlyList<ScrapeTarget> Current => [.. kinds.SelectMany(static kind => kind.Current)];
}
