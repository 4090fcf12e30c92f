using Microsoft.AspNetCore.Http;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.Http;

/// <summary>What series, labels and metrics there are.</summary>
internal sealed class SeriesHandlers(ISeriesReader reader, MetricMetadata metadata)
{
    public Task SeriesAsync(HttpContext context, ApiParameters parameters)
    {
        if (!parameters.Has("match[]")) throw new QueryException(QueryErrorKind.BadData, "no match[] parameter provided");
        IEnumerable<LabelSet> found = Select(context, parameters)
            .OrderBy(static labels => labels, LabelSet.Order)
            .Take(parameters.Limit("limit"));
        return ApiResponse.WriteArrayAsync(context, found, QueryJson.Write);
    }

    public Task LabelNamesAsync(HttpContext context, ApiParameters parameters)
    {
        IEnumerable<string> names = parameters.Has("match[]")
            ? Select(context, parameters).SelectMany(static labels => labels.Labels.ToArray()).Select(static label => label.Name)
            : reader.LabelNames();
        return WriteTextsAsync(context, names, parameters.Limit("limit"));
    }

    public Task LabelValuesAsync(HttpContext context, ApiParameters parameters)
    {
        string name = (string)context.Request.RouteValues["name"]!;
        if (!LabelNames.IsValid(name)) throw new QueryException(QueryErrorKind.BadData, $"invalid label name: {TextQuoting.Quote(name)}");
        IEnumerable<string> values = parameters.Has("match[]")
            ? Select(context, parameters).Select(labels => labels.Get(name)).Where(static value => value.Length > 0)
            : reader.LabelValues(name);
        return WriteTextsAsync(context, values, parameters.Limit("limit"));
    }

    public Task MetadataAsync(HttpContext context, ApiParameters parameters)
    {
        string only = parameters.Text("metric");
        int limit = parameters.Limit("limit");
        IEnumerable<KeyValuePair<string, MetricDescription>> metrics = only.Length == 0
            ? metadata.All.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            : metadata.Find(only) is { } found ? [KeyValuePair.Create(only, found)] : [];
        return ApiResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            foreach ((string metric, MetricDescription description) in metrics.Take(limit))
            {
                json.WriteStartArray(metric);
                json.WriteStartObject();
                json.WriteString("type", description.Type);
                json.WriteString("help", description.Help);
                json.WriteString("unit", description.Unit);
                json.WriteEndObject();
                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }

    private static Task WriteTextsAsync(HttpContext context, IEnumerable<string> texts, int limit) =>
        ApiResponse.WriteArrayAsync(
            context,
            texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(limit),
            static (json, text) => json.WriteStringValue(text));

    /// <summary>The label sets that match any of the selectors and have samples between start and end.</summary>
    private HashSet<LabelSet> Select(HttpContext context, ApiParameters parameters)
    {
        long from = parameters.Time("start", DateTimeOffset.MinValue).ToUnixTimeMilliseconds();
        long to = parameters.Time("end", DateTimeOffset.MaxValue).ToUnixTimeMilliseconds();
        var found = new HashSet<LabelSet>();
        foreach (IReadOnlyList<LabelMatcher> matchers in parameters.Selectors())
        {
            foreach (ISeries series in reader.Select(matchers, from, to, context.RequestAborted)) found.Add(series.Labels);
        }

        return found;
    }
}
