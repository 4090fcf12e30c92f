using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Scraping;

/// <summary>
/// The series that say how the scrapes of one target went: up, scrape_duration_seconds and scrape_samples_scraped. Those of all targets
/// are the platform's own and share its part of the store, whatever the targets themselves fill theirs with.
/// </summary>
internal sealed class ScrapeReport : IDisposable
{
    private static readonly LabelSet Source = LabelSet.Of(new Label(LabelNames.Job, "scrapes"));

    private readonly ISeriesAppender _appender;
    private readonly SeriesRef _up;
    private readonly SeriesRef _duration;
    private readonly SeriesRef _samples;

    public ScrapeReport(LabelSet target, ISeriesAppenders appenders)
    {
        _appender = appenders.Open(Source, SourceKind.Platform);
        _up = Refer(target, "up");
        _duration = Refer(target, "scrape_duration_seconds");
        _samples = Refer(target, "scrape_samples_scraped");
    }

    public void Write(long timestampMs, in ScrapeOutcome outcome, TimeSpan duration) =>
        Write(timestampMs, outcome.Error is null ? 1 : 0, duration.TotalSeconds, outcome.Samples);

    /// <summary>Says that there is no such target any more.</summary>
    public void End(long timestampMs) => Write(timestampMs, StaleMarker.Value, StaleMarker.Value, StaleMarker.Value);

    public void Dispose() => _appender.Dispose();

    private void Write(long timestampMs, double up, double seconds, double samples)
    {
        _appender.Begin();
        _appender.Append(_up, timestampMs, up);
        _appender.Append(_duration, timestampMs, seconds);
        _appender.Append(_samples, timestampMs, samples);
        _appender.Commit();
    }

    private SeriesRef Refer(LabelSet target, string metric) => _appender.Refer(target.With(LabelNames.MetricName, metric));
}
