using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>Metrics of this process, read without HTTP at the scrape interval.</summary>
/// <param name="registry">The metrics.</param>
/// <param name="labels">Labels put on every series, as for a <see cref="ScrapeTarget"/>; job and instance tell sources apart.</param>
public sealed class MetricSource(MetricRegistry registry, LabelSet labels)
{
    public MetricRegistry Registry { get; } = registry;

    public LabelSet Labels { get; } = labels;
}
