using Microsoft.Extensions.Time.Testing;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry.Tests.PromQL;

public sealed class EngineTests
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_range_query_gives_each_step_where_the_series_lives()
    {
        HeadStore store = TestStores.Create();
        LabelSet labels = TestStores.Labels("__name__", "m");
        store.Append(labels, 10_000, 1);
        store.Append(labels, 20_000, 2);
        store.Append(labels, 30_000, StaleMarker.Value);
        using QueryEngine engine = TestStores.Engine(store);
        QueryResult result = await engine.QueryRangeAsync("m", Epoch, Epoch.AddSeconds(40), TimeSpan.FromSeconds(5), Token);
        MatrixSeries series = Assert.Single(Assert.IsType<MatrixValue>(result.Value).Series);
        Assert.Equal([new(10_000, 1), new(15_000, 1), new(20_000, 2), new(25_000, 2)], series.Samples);
    }

    [Fact]
    public async Task A_query_over_the_sample_limit_says_so()
    {
        HeadStore store = TestStores.Create();
        for (int i = 0; i < 200; i++) store.Append(TestStores.Labels("__name__", "m"), i * 1000, i);
        using QueryEngine engine = TestStores.Engine(store, TestStores.WideOptions with { MaxQuerySamples = 100 });
        QueryResult result = await engine.QueryAsync("sum_over_time(m[5m])", Epoch.AddSeconds(200), Token);
        Assert.Equal(QueryErrorKind.Execution, result.Error?.Kind);
        Assert.Contains("too many samples", result.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sum_over_time(vector(1)[100y:1ms])")]
    [InlineData("vector(1)[100y:1ms]")]
    public async Task A_subquery_of_too_many_steps_is_refused_before_it_takes_memory(string query)
    {
        using QueryEngine engine = TestStores.Engine(TestStores.Create());
        QueryResult result = await engine.QueryAsync(query, Epoch, Token);
        Assert.Equal(QueryErrorKind.Execution, result.Error?.Kind);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_times_out()
    {
        var time = new FakeTimeProvider();
        using QueryEngine engine = TestStores.Engine(TestStores.Create(), TestStores.WideOptions, time);
        Task<QueryResult> endless =
            engine.QueryAsync("max_over_time(quantile_over_time(0.5, vector(time())[30000s:1s])[30000s:1s])", Epoch, Token);
        time.Advance(TestStores.WideOptions.QueryTimeout);
        Assert.Equal(QueryErrorKind.Timeout, (await endless).Error?.Kind);
    }

    [Fact]
    public async Task A_caller_that_leaves_cancels_the_query()
    {
        using QueryEngine engine = TestStores.Engine(TestStores.Create());
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        QueryResult result = await engine.QueryAsync("1", Epoch, gone.Token);
        Assert.Equal(QueryErrorKind.Canceled, result.Error?.Kind);
    }

    [Fact]
    public async Task Anchors_at_start_and_end_mean_those_of_the_query()
    {
        HeadStore store = TestStores.Create();
        for (int i = 0; i <= 10; i++) store.Append(TestStores.Labels("__name__", "m"), i * 1000, i);
        using QueryEngine engine = TestStores.Engine(store);
        QueryResult result = await engine.QueryRangeAsync(
            "m @ end() - m @ start()",
            Epoch.AddSeconds(2),
            Epoch.AddSeconds(9),
            TimeSpan.FromSeconds(7),
            Token);
        MatrixSeries series = Assert.Single(Assert.IsType<MatrixValue>(result.Value).Series);
        Assert.Equal([new(2000, 7), new(9000, 7)], series.Samples);
    }

    [Fact]
    public async Task The_deepest_expression_that_is_read_can_be_evaluated()
    {
        using QueryEngine engine = TestStores.Engine(TestStores.Create());
        string query = string.Concat(Enumerable.Repeat("abs(", 395)) + "vector(-1)" + new string(')', 395);
        QueryResult result = await engine.QueryRangeAsync(query, Epoch, Epoch.AddSeconds(1), TimeSpan.FromSeconds(1), Token);
        Assert.Null(result.Error);
    }

    [Fact]
    public async Task Labels_that_functions_within_each_other_multiply_are_bounded_together()
    {
        string sources = string.Join(',', Enumerable.Repeat("\"x\"", 8));
        string joined = "label_replace(vector(1), \"x\", \"xxxxxxxx\", \"\", \"\")";
        for (int i = 0; i < 9; i++) joined = $"label_join({joined}, \"x\", \"\", {sources})";
        string template = string.Concat(Enumerable.Repeat("$0", 64));
        string replaced = "label_replace(vector(1), \"x\", \"xxxxxxxx\", \"\", \"\")";
        for (int i = 0; i < 5; i++) replaced = $"label_replace({replaced}, \"x\", \"{template}\", \"x\", \".*\")";
        using QueryEngine engine = TestStores.Engine(TestStores.Create());
        foreach (string query in (string[])[joined, replaced])
        {
            QueryResult result = await engine.QueryAsync(query, Epoch, Token);
            Assert.Equal(QueryErrorKind.Execution, result.Error?.Kind);
            Assert.Matches("would have more than 33554432 characters|takes too long to match", result.Error!.Message);
        }
    }

    [Theory]
    [InlineData("a + ignoring (y) b", "many-to-many matching not allowed")]
    [InlineData("b + ignoring (y) a", "many-to-one matching must be explicit")]
    [InlineData("a * on (x) group_left () b", "many-to-many matching not allowed")]
    [InlineData("-{x=\"1\"}", "same labelset")]
    [InlineData("topk(NaN, a)", "overflows int64")]
    [InlineData("holt_winters(a[5m], 2, 0.5)", "invalid smoothing factor")]
    [InlineData("label_replace(a, \"x\", \"\", \"y\", \"(?=x)\")", "invalid regular expression")]
    [InlineData("count_values(\"no-label\", a)", "invalid label name")]
    public async Task What_the_data_makes_ambiguous_is_an_execution_error(string query, string message)
    {
        HeadStore store = TestStores.Create();
        store.Append(TestStores.Labels("__name__", "a", "x", "1", "y", "1"), 0, 1);
        store.Append(TestStores.Labels("__name__", "b", "x", "1", "y", "1"), 0, 1);
        store.Append(TestStores.Labels("__name__", "b", "x", "1", "y", "2"), 0, 1);
        using QueryEngine engine = TestStores.Engine(store);
        QueryResult result = await engine.QueryAsync(query, Epoch, Token);
        Assert.Equal(QueryErrorKind.Execution, result.Error?.Kind);
        Assert.Contains(message, result.Error!.Message, StringComparison.Ordinal);
    }
}
