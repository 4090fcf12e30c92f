using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>Bodies are those of Prometheus for the same data, but for the order of properties, which JSON leaves open.</summary>
public sealed class QueryApiTests : IAsyncLifetime
{
    private TelemetryHost _host = null!;

    public static TheoryData<string, string> Answers => new()
    {
        {
            "query?query=m&time=10",
            """{"resultType":"vector","result":[{"metric":{"__name__":"m","a":"1"},"value":[10,"1.5"]},"""
            + """{"metric":{"__name__":"m","a":"2"},"value":[10,"NaN"]}]}"""
        },
        {
            "query?query=m{a=\"1\"}[5s]&time=10.5",
            """{"resultType":"matrix","result":[{"metric":{"__name__":"m","a":"1"},"values":[[10,"1.5"]]}]}"""
        },
        { "query?query=1e21&time=1970-01-01T00:00:01.25Z", """{"resultType":"scalar","result":[1.25,"1000000000000000000000"]}""" },
        { "query?query=\"text\"&time=0", """{"resultType":"string","result":[0,"text"]}""" },
        { "query?query=nothing&time=0", """{"resultType":"vector","result":[]}""" },
        {
            "query_range?query=m{a=\"1\"}&start=10&end=30&step=10s",
            """{"resultType":"matrix","result":[{"metric":{"__name__":"m","a":"1"},"values":[[10,"1.5"],[20,"+Inf"],[30,"+Inf"]]}]}"""
        },
        { "query_range?query=1&start=1&end=2&step=1", """{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"1"]]}]}""" },
        { "series?match[]=m{a=\"1\"}&match[]=m", """[{"__name__":"m","a":"1"},{"__name__":"m","a":"2"}]""" },
        { "series?match[]=m&start=15", """[{"__name__":"m","a":"1"}]""" },
        { "labels?match[]=m", """["__name__","a"]""" },
        { "label/a/values", """["1","2"]""" },
        { "label/a/values?match[]=m{a!=\"1\"}", """["2"]""" },
        { "label/nothing/values", "[]" },
        { "metadata?metric=nothing", "{}" },
        { "metadata?metric=m", """{"m":[{"type":"gauge","help":"A metric.","unit":""}]}""" },
    };

    public static TheoryData<string, HttpStatusCode, string, string> Errors => new()
    {
        { "query", HttpStatusCode.BadRequest, "bad_data", "invalid parameter \"query\": 1:1: parse error: no expression found in input" },
        {
            "query?query=1%2B", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"query\": 1:3: parse error: unexpected end of input"
        },
        {
            "query?query=1&time=x", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"time\": cannot parse \"x\" to a valid timestamp"
        },
        {
            "query?query=1&timeout=x", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"timeout\": cannot parse \"x\" to a valid duration"
        },
        {
            "query_range?query=1&end=1&step=1", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"start\": cannot parse \"\" to a valid timestamp"
        },
        {
            "query_range?query=1&start=2&end=1&step=1", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"end\": end timestamp must not be before start time"
        },
        {
            "query_range?query=1&start=1&end=2&step=0", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"
        },
        {
            "query_range?query=1&start=0&end=11001&step=1", HttpStatusCode.BadRequest, "bad_data",
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
        },
        {
            "query_range?query=m[5m]&start=0&end=1&step=1", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"
        },
        { "series", HttpStatusCode.BadRequest, "bad_data", "no match[] parameter provided" },
        {
            "series?match[]={}", HttpStatusCode.BadRequest, "bad_data",
            "invalid parameter \"match[]\": 1:1: parse error: vector selector must contain at least one non-empty matcher"
        },
        { "label/a-b/values", HttpStatusCode.BadRequest, "bad_data", "invalid label name: \"a-b\"" },
        {
            "query?query=-{__name__=~\"m|n\",a=\"1\"}&time=10", HttpStatusCode.UnprocessableEntity, "execution",
            "vector cannot contain metrics with the same labelset: {a=\"1\"} appears twice"
        },
        { "query?query=1&timeout=0s", HttpStatusCode.ServiceUnavailable, "timeout", "query timed out in expression evaluation" },
    };

    public async ValueTask InitializeAsync()
    {
        // Far in the past, so that nothing is evicted only if the retention is long.
        _host = await TelemetryHost.StartAsync(
            new TelemetryOptions { Retention = TimeSpan.FromDays(40_000), ScrapeInterval = TimeSpan.FromHours(1) });
        HeadStore store = _host.Services.GetRequiredService<HeadStore>();
        store.Append(TestStores.Labels("__name__", "m", "a", "1"), 10_000, 1.5);
        store.Append(TestStores.Labels("__name__", "m", "a", "1"), 20_000, double.PositiveInfinity);
        store.Append(TestStores.Labels("__name__", "m", "a", "2"), 10_000, double.NaN);
        store.Append(TestStores.Labels("__name__", "n", "a", "1"), 10_000, 3);
        _host.Services.GetRequiredService<MetricMetadata>().Set("m", "TYPE", "gauge");
        _host.Services.GetRequiredService<MetricMetadata>().Set("m", "HELP", "A metric.");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answers_have_the_shape_of_Prometheus(string path, string data)
    {
        (HttpStatusCode status, string body) = await _host.GetAsync("/api/v1/" + path);
        Assert.Equal($$"""{"status":"success","data":{{data}}}""", body);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Errors_have_the_type_and_status_of_Prometheus(string path, HttpStatusCode expected, string type, string message)
    {
        (HttpStatusCode status, string body) = await _host.GetAsync("/api/v1/" + path);
        using JsonDocument json = JsonDocument.Parse(body);
        Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(type, json.RootElement.GetProperty("errorType").GetString());
        Assert.Equal(message, json.RootElement.GetProperty("error").GetString());
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Parameters_may_come_in_a_form()
    {
        (HttpStatusCode status, string body) = await _host.PostAsync("/api/v1/query", ("query", "m{a=\"1\"} * 2"), ("time", "10"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("""[{"metric":{"a":"1"},"value":[10,"3"]}]""", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_of_the_store_is_shown()
    {
        using JsonDocument json = JsonDocument.Parse((await _host.GetAsync("/api/v1/status/tsdb")).Body);
        JsonElement data = json.RootElement.GetProperty("data");
        Assert.True(data.GetProperty("headStats").GetProperty("numSeries").GetInt32() >= 3);
        Assert.Contains(
            data.GetProperty("seriesCountByMetricName").EnumerateArray(),
            static entry => entry.GetProperty("name").GetString() == "m" && entry.GetProperty("value").GetInt32() == 2);
        Assert.Equal("2.42.0", JsonDocument.Parse((await _host.GetAsync("/api/v1/status/buildinfo")).Body)
            .RootElement.GetProperty("data").GetProperty("version").GetString());
    }

    [Fact]
    public async Task A_long_result_arrives_whole()
    {
        HeadStore store = _host.Services.GetRequiredService<HeadStore>();
        for (int i = 0; i < 5000; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            store.Append(TestStores.Labels("__name__", "wide", "i", number), 1, i);
        }

        Assert.Equal(5000, (await _host.ValuesAsync("wide @ 1")).Length);
    }
}
