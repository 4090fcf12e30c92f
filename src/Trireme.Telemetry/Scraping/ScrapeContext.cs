using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>What all scrapers share.</summary>
/// <param name="Store">Where samples go.</param>
/// <param name="Metadata">Where types and help texts go.</param>
/// <param name="Options">Intervals and bounds.</param>
/// <param name="Metrics">Counts of scrapes.</param>
/// <param name="Time">The clock.</param>
/// <param name="Turns">Bounds the scrapes that run at once.</param>
/// <param name="Logger">Where targets that come and go are named.</param>
internal sealed record ScrapeContext(
    SeriesStore Store,
    MetricMetadata Metadata,
    TelemetryOptions Options,
    ScrapeMetrics Metrics,
    TimeProvider Time,
    SemaphoreSlim Turns,
    ILogger Logger);
