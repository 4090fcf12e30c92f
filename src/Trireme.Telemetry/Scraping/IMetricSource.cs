using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>Metrics of this process, read without HTTP at the scrape interval.</summary>
public interface IMetricSource
{
    /// <summary>Labels put on every series, as for a <see cref="ScrapeTarget"/>; job and instance tell sources apart.</summary>
    LabelSet Labels { get; }

    /// <summary>All metrics in Prometheus' text format.</summary>
    string ReadText();
}
