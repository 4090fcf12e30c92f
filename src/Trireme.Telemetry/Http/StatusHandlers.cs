using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Http;

/// <summary>What is scraped, what is stored and what answers.</summary>
internal sealed class StatusHandlers(HeadStore store, ScrapeLoop scrapes, TelemetryOptions options)
{
    /// <summary>Length of each ranking in the store's status, as in Prometheus.</summary>
    private const int RankingLength = 10;

    private const string LanguageVersion = "2.42.0";

    public Task TargetsAsync(HttpContext context, ApiParameters parameters)
    {
        bool active = parameters.Text("state") is "" or "any" or "active";
        IEnumerable<TargetScraper> scrapers = active
            ? scrapes.Scrapers.OrderBy(static scraper => scraper.Labels, LabelSet.Order).ThenBy(static scraper => scraper.Address)
            : [];
        return ApiResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("activeTargets");
            foreach (TargetScraper scraper in scrapers) Write(json, scraper);
            json.WriteEndArray();
            json.WriteStartArray("droppedTargets");
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Tools choose what to send by the version, so it is that of the Prometheus whose language and API this speaks.</summary>
    public static Task BuildInfoAsync(HttpContext context) => ApiResponse.WriteAsync(context, static json =>
    {
        json.WriteStartObject();
        json.WriteString("application", "Trireme");
        json.WriteString("version", LanguageVersion);
        json.WriteString("revision", typeof(StatusHandlers).Assembly.GetName().Version?.ToString(3));
        foreach (string unused in (string[])["branch", "buildUser", "buildDate", "goVersion"]) json.WriteString(unused, "");
        json.WriteEndObject();
    });

    public Task StoreAsync(HttpContext context, ApiParameters parameters)
    {
        int chunks = 0;
        long first = long.MaxValue;
        long last = long.MinValue;
        foreach (MemorySeries series in store.Index.All)
        {
            ReadOnlySpan<Chunk> held = series.Chunks;
            if (held.IsEmpty) continue;
            chunks += held.Length;
            first = Math.Min(first, held[0].FirstTimestampMs);
            last = Math.Max(last, held[^1].LastTimestampMs);
        }

        (string Name, string[] Values)[] labels =
            [.. store.Index.LabelNames().Select(name => (name, store.Index.LabelValues(name).ToArray()))];
        return ApiResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("headStats");
            json.WriteNumber("numSeries", store.Index.Count);
            json.WriteNumber("numLabelPairs", labels.Sum(static label => label.Values.Length));
            json.WriteNumber("chunkCount", chunks);
            json.WriteNumber("minTime", first);
            json.WriteNumber("maxTime", last);
            json.WriteEndObject();
            WriteRanking(json, "seriesCountByMetricName", Series(LabelNames.MetricName, static (_, metric) => metric));
            WriteRanking(json, "labelValueCountByLabelName", labels.Select(static label => (label.Name, (long)label.Values.Length)));
            WriteRanking(
                json,
                "memoryInBytesByLabelName",
                labels.Select(static label => (label.Name, label.Values.Sum(static value => 2L * value.Length))));
            WriteRanking(
                json,
                "seriesCountByLabelValuePair",
                labels.SelectMany(label => Series(label.Name, static (name, value) => $"{name}={value}")));
            WriteSources(json);
            json.WriteEndObject();
        });
    }

    private IEnumerable<(string Name, long Count)> Series(string label, Func<string, string, string> describe) =>
        store.Index.SeriesPerValue(label).Select(pair => (describe(label, pair.Key), (long)pair.Value));

    private static void WriteRanking(Utf8JsonWriter json, string property, IEnumerable<(string Name, long Count)> counts)
    {
        json.WriteStartArray(property);
        foreach ((string name, long count) in counts.OrderByDescending(static pair => pair.Count).Take(RankingLength))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("value", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Beyond what Prometheus tells: who has the store, those first who lose samples there.</summary>
    private void WriteSources(Utf8JsonWriter json)
    {
        json.WriteStartArray("sources");
        IOrderedEnumerable<SourceUsage> ranked = store.Sources()
            .OrderByDescending(static source => source.Evicted + source.Refused)
            .ThenByDescending(static source => source.Bytes);
        foreach (SourceUsage source in ranked.Take(RankingLength))
        {
            json.WriteStartObject();
            json.WritePropertyName("labels");
            QueryJson.Write(json, source.Source);
            json.WriteNumber("series", source.Series);
            json.WriteNumber("bytes", source.Bytes);
            json.WriteNumber("evictedSamples", source.Evicted);
            json.WriteNumber("refusedSamples", source.Refused);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json, TargetScraper scraper)
    {
        TargetState state = scraper.State;
        json.WriteStartObject();
        json.WritePropertyName("discoveredLabels");
        QueryJson.Write(json, scraper.Labels);
        json.WritePropertyName("labels");
        QueryJson.Write(json, scraper.Labels);
        json.WriteString("scrapePool", scraper.Labels.Get(LabelNames.Job));
        json.WriteString("scrapeUrl", scraper.Address);
        json.WriteString("globalUrl", scraper.Address);
        json.WriteString("lastError", state.LastError);
        json.WriteString("lastScrape", state.LastScrape.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        json.WriteNumber("lastScrapeDuration", state.LastDuration.TotalSeconds);
        json.WriteString("health", state.Health);
        json.WriteString("scrapeInterval", Seconds(options.ScrapeInterval));
        json.WriteString("scrapeTimeout", Seconds(options.ScrapeTimeout));
        json.WriteEndObject();
    }

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
