using Trireme.Contracts.Metrics;

namespace Trireme.Telemetry.Scraping;

/// <summary>What scraping says about itself.</summary>
internal sealed class ScrapeMetrics(MetricRegistry registry)
{
    private readonly Counter _scrapes = registry.Counter("trireme_telemetry_scrapes_total", "Scrapes by outcome.", "outcome");

    private readonly Counter.Series _malformed =
        registry.Counter("trireme_telemetry_scrape_malformed_lines_total", "Lines of answers that could not be read.").With();

    private readonly Gauge.Series _targets = registry.Gauge("trireme_telemetry_scrape_targets", "Targets scraped.").With();

    public void Finished(in ScrapeOutcome outcome)
    {
        _scrapes.With(outcome.Error is null ? "success" : "failure").Add();
        _malformed.Add(outcome.MalformedLines);
    }

    public void Targets(int count) => _targets.Set(count);
}
