using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Dashboard.Charts;

namespace Trireme.Dashboard.Clients;

/// <summary>Asks a server that speaks Prometheus' query API.</summary>
internal sealed class TelemetryClient(DashboardOptions options) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = options.Telemetry,
        Timeout = options.RequestTimeout,
        DefaultRequestHeaders =
        {
            Authorization = options.TelemetryKey is { } key ? new AuthenticationHeaderValue("Bearer", key) : null,
        },
    };

    /// <summary>The value of each label set now.</summary>
    /// <exception cref="HttpRequestException">The server does not answer, or refuses the query.</exception>
    /// <exception cref="JsonException">The answer is not what the query API says.</exception>
    public async Task<IReadOnlyList<MetricValue>> QueryAsync(string expression, CancellationToken cancellationToken)
    {
        QueryData data = await AskAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}", cancellationToken);
        return [.. data.Result.Select(item => new MetricValue(item.Metric, PointOf(item.Value).Value))];
    }

    /// <summary>The values of each label set from start to end, one per step; gaps are null.</summary>
    /// <exception cref="HttpRequestException">The server does not answer, or refuses the query.</exception>
    /// <exception cref="JsonException">The answer is not what the query API says.</exception>
    public async Task<IReadOnlyList<MetricRange>> QueryRangeAsync(string expression, TimeRange range, CancellationToken cancellationToken)
    {
        string query = Uri.EscapeDataString(expression);
        string path = string.Create(
            CultureInfo.InvariantCulture,
            $"/api/v1/query_range?query={query}&start={range.StartSeconds}&end={range.EndSeconds}&step={range.StepSeconds}");
        QueryData data = await AskAsync(path, cancellationToken);
        return [.. data.Result.Select(item => new MetricRange(item.Metric, Align(item.Values ?? [], range)))];
    }

    /// <summary>Time of the oldest sample in the server's memory, as Prometheus tells it; null where it does not.</summary>
    /// <exception cref="HttpRequestException">The server does not answer.</exception>
    public async Task<DateTimeOffset?> OldestAsync(CancellationToken cancellationToken)
    {
        try
        {
            JsonNode? answer = await _http.GetFromJsonAsync<JsonNode>("/api/v1/status/tsdb", cancellationToken);
            long milliseconds = (long?)answer?["data"]?["headStats"]?["minTime"] ?? 0;
            return milliseconds is > 0 and < 253_402_300_799_999 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<QueryData> AskAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(path, cancellationToken);
            QueryAnswer? answer = await response.Content.ReadFromJsonAsync<QueryAnswer>(cancellationToken);
            if (answer is { Status: "success", Data: { } data }) return data;
            throw new HttpRequestException(answer?.Error ?? $"the query was answered {(int)response.StatusCode}");
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {options.RequestTimeout.TotalSeconds:0.###} s", exception);
        }
    }

    private static double?[] Align(IReadOnlyList<JsonElement[]> points, TimeRange range)
    {
        var values = new double?[range.Points];
        foreach (JsonElement[] point in points)
        {
            (double seconds, double value) = PointOf(point);
            double index = Math.Round((seconds - range.StartSeconds) / range.StepSeconds);
            if (index >= 0 && index < values.Length && double.IsFinite(value)) values[(int)index] = value;
        }

        return values;
    }

    private static (double Seconds, double Value) PointOf(JsonElement[]? point)
    {
        if (point is not [{ ValueKind: JsonValueKind.Number } seconds, { ValueKind: JsonValueKind.String } text])
        {
            throw new JsonException("A point of the answer is not a time and a number.");
        }

        return (seconds.GetDouble(), NumberOf(text.GetString()!));
    }

    private static double NumberOf(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => throw new JsonException($"\"{text}\" is not a number."),
    };
}
