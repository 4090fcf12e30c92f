using Trireme.Settings.Types;
using Trireme.Telemetry;

namespace Trireme.Settings.Sections;

internal static class TelemetrySection
{
    /// <summary>The platform's own metrics take some hundred; with less than they need, the state of targets would be missing.</summary>
    private static readonly WholeNumberType SeriesCount = new(1000, int.MaxValue, "100000");

    public static IEnumerable<Setting> Settings()
    {
        var telemetry = new SettingsSection<TelemetryOptions>(
            "telemetry", settings => settings.Telemetry, (settings, value) => settings with { Telemetry = value });
        yield return telemetry.Key(
            "scrapeInterval", CommonTypes.Wait, options => options.ScrapeInterval,
            (options, value) => options with { ScrapeInterval = value },
            "Time between two scrapes of one target.");
        yield return telemetry.Key(
            "scrapeTimeout", CommonTypes.Wait, options => options.ScrapeTimeout,
            (options, value) => options with { ScrapeTimeout = value },
            "A scrape that takes longer has failed.");
        yield return telemetry.Key(
            "maxScrapeBytes", CommonTypes.Buffer, options => options.MaxScrapeBytes,
            (options, value) => options with { MaxScrapeBytes = (int)value },
            "A longer answer, counted after decompression, fails the scrape.");
        yield return telemetry.Key(
            "maxSamplesPerScrape", CommonTypes.Count, options => options.MaxSamplesPerScrape,
            (options, value) => options with { MaxSamplesPerScrape = value },
            "An answer with more samples fails the scrape.");
        yield return telemetry.Key(
            "maxScrapeMemoryBytes", CommonTypes.Storage, options => options.MaxScrapeMemoryBytes,
            (options, value) => options with { MaxScrapeMemoryBytes = value },
            "Memory of answers that are being read, beyond the 256 KiB each has for certain.");
        yield return telemetry.Key(
            "retention", CommonTypes.Retention, options => options.Retention,
            (options, value) => options with { Retention = value },
            "Samples older than this are removed.");
        yield return telemetry.Key(
            "maxSeries", SeriesCount, options => options.MaxSeries,
            (options, value) => options with { MaxSeries = value },
            "Series in the store; further new ones are refused and counted.");
        yield return telemetry.Key(
            "maxStoreBytes", CommonTypes.Storage, options => options.MaxStoreBytes,
            (options, value) => options with { MaxStoreBytes = value },
            "Memory of samples and labels; beyond it the oldest samples are removed before their time.");
        yield return telemetry.Key(
            "lookbackDelta", CommonTypes.Wait, options => options.LookbackDelta,
            (options, value) => options with { LookbackDelta = value },
            "How far back an instant selector looks for the last sample of a series.");
        yield return telemetry.Key(
            "queryTimeout", CommonTypes.Wait, options => options.QueryTimeout,
            (options, value) => options with { QueryTimeout = value },
            "Longest evaluation of a query, the wait for a free turn included.");
        yield return telemetry.Key(
            "maxQuerySamples", CommonTypes.Count, options => options.MaxQuerySamples,
            (options, value) => options with { MaxQuerySamples = value },
            "Most samples one query may load and hold.");
        yield return telemetry.Key(
            "maxConcurrentQueries", CommonTypes.Count, options => options.MaxConcurrentQueries,
            (options, value) => options with { MaxConcurrentQueries = value },
            "Queries that run at the same time.");
    }
}
