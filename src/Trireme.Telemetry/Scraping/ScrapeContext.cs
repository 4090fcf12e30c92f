using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>What all scrapers share.</summary>
/// <param name="Appenders">Where samples go.</param>
/// <param name="Metadata">Where types and help texts go.</param>
/// <param name="Options">Intervals and bounds.</param>
/// <param name="Metrics">Counts of scrapes.</param>
/// <param name="Memory">Bounds what answers take.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Where targets that come and go are named.</param>
internal sealed record ScrapeContext(
    ISeriesAppenders Appenders,
    MetricMetadata Metadata,
    TelemetryOptions Options,
    ScrapeMetrics Metrics,
    ScrapeMemory Memory,
    TimeProvider Time,
    ILogger Logger);
