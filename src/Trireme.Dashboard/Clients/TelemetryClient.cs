using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Trireme.Dashboard.Clients;

/// <summary>Asks a server that speaks Prometheus' query API.</summary>
internal sealed class TelemetryClient(DashboardOptions options) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = options.Telemetry, Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>The value of each label set now.</summary>
    /// <exception cref="HttpRequestException">The server does not answer, or refuses the query.</exception>
    public async Task<IReadOnlyList<MetricValue>> QueryAsync(string expression, CancellationToken cancellationToken)
    {
        JsonArray result = await AskAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}", cancellationToken);
        return [.. result.Select(item => new MetricValue(Labels(item!), Number(item!["value"]![1]!)))];
    }

    /// <summary>The values of each label set from start to end, one per step; gaps are null.</summary>
    /// <exception cref="HttpRequestException">The server does not answer, or refuses the query.</exception>
    public async Task<IReadOnlyList<MetricRange>> QueryRangeAsync(string expression, TimeRange range, CancellationToken cancellationToken)
    {
        string path = string.Create(
            CultureInfo.InvariantCulture,
            $"/api/v1/query_range?query={Uri.EscapeDataString(expression)}&start={range.StartSeconds}&end={range.EndSeconds}&step={range.StepSeconds}");
        JsonArray result = await AskAsync(path, cancellationToken);
        return [.. result.Select(item => new MetricRange(Labels(item!), Values(item!["values"]!.AsArray(), range)))];
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonArray> AskAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.GetAsync(path, cancellationToken);
        JsonNode? body = await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken);
        if ((string?)body?["status"] == "success") return body["data"]!["result"]!.AsArray();
        throw new HttpRequestException((string?)body?["error"] ?? $"the query was answered {(int)response.StatusCode}");
    }

    private static double?[] Values(JsonArray points, TimeRange range)
    {
        var values = new double?[range.Points];
        foreach (JsonNode? point in points)
        {
            int index = (int)Math.Round(((double)point![0]! - range.StartSeconds) / range.StepSeconds);
            double value = Number(point[1]!);
            if (index >= 0 && index < values.Length && double.IsFinite(value)) values[index] = value;
        }

        return values;
    }

    private static Dictionary<string, string> Labels(JsonNode item) =>
        item["metric"]!.AsObject().ToDictionary(label => label.Key, label => (string)label.Value!);

    private static double Number(JsonNode text) => (string)text! switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        string number => double.Parse(number, CultureInfo.InvariantCulture),
    };
}

/// <summary>One label set with its value.</summary>
public sealed record MetricValue(IReadOnlyDictionary<string, string> Labels, double Value)
{
    public string Label(string name) => Labels.GetValueOrDefault(name, "");
}

/// <summary>One label set with a value per step; null where there is none.</summary>
public sealed record MetricRange(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<double?> Values)
{
    public string Label(string name) => Labels.GetValueOrDefault(name, "");
}

/// <summary>The steps of a chart, aligned so that a point keeps its value from one refresh to the next.</summary>
public sealed record TimeRange(long StartSeconds, long EndSeconds, int StepSeconds)
{
    public int Points => (int)((EndSeconds - StartSeconds) / StepSeconds) + 1;

    public static TimeRange Last(TimeSpan length, int stepSeconds, DateTimeOffset now)
    {
        long end = now.ToUnixTimeSeconds() / stepSeconds * stepSeconds;
        return new TimeRange(end - (long)length.TotalSeconds / stepSeconds * stepSeconds, end, stepSeconds);
    }

    public DateTimeOffset TimeAt(int point) => DateTimeOffset.FromUnixTimeSeconds(StartSeconds + (long)point * StepSeconds);
}
