using System.Text.Json;
using Trireme.Dashboard.Charts;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests.Clients;

public sealed class TelemetryClientTests
{
    private static readonly TimeRange Range = new(100, 140, 10);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vector_is_read_with_its_labels_and_every_kind_of_number()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.QueryResults = """
            [{"metric":{"service":"tiny","namespace":"default"},"value":[1700000000.123,"1.5e-3"]},
             {"metric":{},"value":[1700000000,"NaN"]},{"metric":{},"value":[1700000000,"+Inf"]},{"metric":{},"value":[1700000000,"-Inf"]}]
            """;
        using var client = new TelemetryClient(server.Options);

        IReadOnlyList<MetricValue> values = await client.QueryAsync("up", Cancelled);

        Assert.Equal([0.0015, double.NaN, double.PositiveInfinity, double.NegativeInfinity], values.Select(value => value.Value));
        Assert.Equal(("tiny", ""), (values[0].Label("service"), values[1].Label("service")));
    }

    [Fact]
    public async Task A_range_has_one_value_per_step_and_null_where_there_is_none()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.QueryResults =
            """[{"metric":{"release":"v1"},"values":[[90,"9"],[110,"1"],[120,"NaN"],[130.2,"3"],[150,"5"],[1e300,"7"]]}]""";
        using var client = new TelemetryClient(server.Options);

        MetricRange line = Assert.Single(await client.QueryRangeAsync("rate(x[1m])", Range, Cancelled));

        Assert.Equal([null, 1, null, 3, null], line.Values);
        Assert.Equal("/api/v1/query_range?query=rate%28x%5B1m%5D%29&start=100&end=140&step=10", Assert.Single(server.Requests));
    }

    [Fact]
    public async Task A_refused_query_is_told_in_the_words_of_the_server()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.TelemetryBroken = true;
        using var client = new TelemetryClient(server.Options);
        HttpRequestException refusal = await Assert.ThrowsAsync<HttpRequestException>(() => client.QueryAsync("up", Cancelled));
        Assert.Equal("too many samples", refusal.Message);
    }

    [Theory]
    [InlineData("""[{"metric":{},"value":[1,2]}]""")]
    [InlineData("""[{"metric":{},"value":[1,"two"]}]""")]
    [InlineData("""[{"metric":{},"value":["1","2"]}]""")]
    [InlineData("""[{"metric":{},"value":[1]}]""")]
    [InlineData("""[{"metric":{}}]""")]
    [InlineData("""[{"metric":{"a":1},"value":[1,"2"]}]""")]
    [InlineData("""{"not":"a list"}""")]
    [InlineData("[")]
    public async Task An_answer_of_another_shape_is_no_crash(string results)
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.QueryResults = results;
        using var client = new TelemetryClient(server.Options);
        await Assert.ThrowsAsync<JsonException>(() => client.QueryAsync("up", Cancelled));
    }

    [Fact]
    public void A_name_cannot_break_out_of_its_place_in_an_expression() =>
        Assert.EndsWith(
            """{namespace="default",service="a\"} or vector(1) # \\ \n"}[30s]))""",
            Expressions.ReleaseRequests("default", "a\"} or vector(1) # \\ \n", 10),
            StringComparison.Ordinal);
}
