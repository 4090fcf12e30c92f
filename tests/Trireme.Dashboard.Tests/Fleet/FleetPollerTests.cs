using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests.Fleet;

public sealed class FleetPollerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(Samples.Now);
    private FleetServer _server = null!;
    private ApiClient _api = null!;
    private TelemetryClient _telemetry = null!;
    private FleetPoller _poller = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FleetServer.StartAsync();
        _server.Services = [Samples.Service()];
        _server.QueryResults = """[{"metric":{"namespace":"default","service":"tiny"},"value":[1,"5"],"values":[[1,"5"]]}]""";
        _api = new ApiClient(_server.Options);
        _telemetry = new TelemetryClient(_server.Options);
        DashboardOptions options = _server.Options;
        _poller = new FleetPoller(_api, new FleetQueries(_telemetry, options), options, _time, NullLogger<FleetPoller>.Instance);
    }

    [Fact]
    public async Task A_snapshot_holds_what_both_sources_say()
    {
        using var watcher = new Watcher(_poller);
        FleetOverview snapshot = await watcher.NextAsync();
        Assert.True(snapshot.Loaded);
        Assert.Equal("tiny", Assert.Single(snapshot.Services).Metadata.Name);
        Assert.Equal(5, Assert.Single(snapshot.Metrics.RequestsPerSecond).Value);
        Assert.Equal((null, null), (snapshot.ApiProblem, snapshot.TelemetryProblem));
        Assert.Equal((Samples.Now, Samples.Now), (snapshot.ResourcesAt, snapshot.MetricsAt));
    }

    [Fact]
    public async Task Nobody_is_asked_while_nobody_looks()
    {
        var first = new Watcher(_poller);
        await first.NextAsync();
        _time.Advance(FleetPoller.Interval);
        await first.NextAsync();
        first.Dispose();
        for (int i = 0; i < 5; i++) _time.Advance(FleetPoller.Interval);

        using var second = new Watcher(_poller);
        await second.NextAsync();
        Assert.Equal(3, _server.PollCount);
    }

    [Fact]
    public async Task Two_browsers_share_one_poll()
    {
        using var first = new Watcher(_poller);
        using var second = new Watcher(_poller);
        Assert.Same(await first.NextAsync(), await second.NextAsync());
        _time.Advance(FleetPoller.Interval);
        Assert.Same(await first.NextAsync(), await second.NextAsync());
        Assert.Equal(2, _server.PollCount);
    }

    [Fact]
    public async Task One_browser_that_leaves_does_not_stop_the_other()
    {
        var first = new Watcher(_poller);
        using var second = new Watcher(_poller);
        await second.NextAsync();
        first.Dispose();
        first.Dispose();
        _time.Advance(FleetPoller.Interval);
        Assert.True((await second.NextAsync()).Loaded);
    }

    [Fact]
    public async Task A_silent_API_server_leaves_the_old_objects_and_the_metrics_go_on()
    {
        using var watcher = new Watcher(_poller);
        await watcher.NextAsync();
        _server.ApiBroken = true;
        _time.Advance(FleetPoller.Interval);

        FleetOverview broken = await watcher.NextAsync();
        Assert.Equal("it answered 503: the store is closed", broken.ApiProblem);
        Assert.Single(broken.Services);
        Assert.Equal((Samples.Now, Samples.Now + FleetPoller.Interval), (broken.ResourcesAt, broken.MetricsAt));

        _server.ApiBroken = false;
        _time.Advance(FleetPoller.Interval);
        FleetOverview recovered = await watcher.NextAsync();
        Assert.Null(recovered.ApiProblem);
        Assert.Equal(Samples.Now + (2 * FleetPoller.Interval), recovered.ResourcesAt);
    }

    [Theory]
    [InlineData(true, "[]")]
    [InlineData(false, """[{"metric":{},"value":"nonsense"}]""")]
    public async Task Metrics_that_fail_leave_the_old_ones_and_come_back(bool refuse, string results)
    {
        string good = _server.QueryResults;
        using var watcher = new Watcher(_poller);
        await watcher.NextAsync();
        (_server.TelemetryBroken, _server.QueryResults) = (refuse, results);
        _time.Advance(FleetPoller.Interval);

        FleetOverview broken = await watcher.NextAsync();
        Assert.NotNull(broken.TelemetryProblem);
        Assert.Null(broken.ApiProblem);
        Assert.Equal(5, Assert.Single(broken.Metrics.RequestsPerSecond).Value);

        (_server.TelemetryBroken, _server.QueryResults) = (false, good);
        _time.Advance(FleetPoller.Interval);
        Assert.Null((await watcher.NextAsync()).TelemetryProblem);
    }

    [Fact]
    public async Task One_query_that_fails_leaves_the_others_fresh()
    {
        using var watcher = new Watcher(_poller);
        await watcher.NextAsync();
        _server.QueryIsBroken = query => query is Expressions.TtftP95 or Expressions.KvUse;
        _server.QueryResults = _server.QueryResults.Replace("\"5\"", "\"6\"", StringComparison.Ordinal);
        _time.Advance(FleetPoller.Interval);

        FleetOverview snapshot = await watcher.NextAsync();
        Assert.Null(snapshot.TelemetryProblem);
        Assert.Equal(6, Assert.Single(snapshot.Metrics.RequestsPerSecond).Value);
        Assert.Equal(5, Assert.Single(snapshot.Metrics.TtftP95).Value);
        Assert.Equal(
            [nameof(FleetMetrics.KvUse), nameof(FleetMetrics.TtftP95)],
            snapshot.Metrics.Problems.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("too many samples", snapshot.Metrics.ProblemOf(nameof(FleetMetrics.TtftP95)));
    }

    [Fact]
    public async Task A_query_that_hangs_ends_with_its_timeout_and_delays_no_other()
    {
        _server.QueryHangs = static query => query == Expressions.KvUse;
        DashboardOptions options = _server.Options with { RequestTimeout = TimeSpan.FromSeconds(1) };
        using var telemetry = new TelemetryClient(options);
        var queries = new FleetQueries(telemetry, options);
        FleetMetrics metrics = await queries.ReadAsync(new FleetMetrics(), Xunit.TestContext.Current.CancellationToken);
        Assert.Equal("no answer within 1 s", Assert.Single(metrics.Problems, static pair => pair.Key == nameof(FleetMetrics.KvUse)).Value);
        Assert.Single(metrics.Problems);
        Assert.Equal(5, Assert.Single(metrics.RequestsPerSecond).Value);
    }

    [Fact]
    public async Task Queries_run_side_by_side_and_no_more_of_them_than_allowed()
    {
        // Answers wait until as many requests are under way as may be; one after another they would wait for ever.
        DashboardOptions options = _server.Options;
        _server.AnswersWaitFor = options.MaxConcurrentRequests;
        var queries = new FleetQueries(_telemetry, options);
        FleetMetrics metrics = await queries.ReadAsync(new FleetMetrics(), Xunit.TestContext.Current.CancellationToken);
        Assert.Empty(metrics.Problems);
        Assert.Equal(options.MaxConcurrentRequests, _server.MostConcurrentQueries);
    }

    [Fact]
    public async Task What_is_under_way_is_cancelled_when_the_last_browser_leaves()
    {
        var watcher = new Watcher(_poller);
        await watcher.NextAsync();
        _server.QueryHangs = static _ => true;
        _time.Advance(FleetPoller.Interval);
        await _server.QueryHung.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        watcher.Dispose();
        await _server.QueryAborted.Task.WaitAsync(Patience, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_page_that_throws_does_not_blind_the_others()
    {
        using IDisposable broken = _poller.Subscribe(_ => throw new InvalidOperationException("broken page"));
        using var watcher = new Watcher(_poller);
        await watcher.NextAsync();
        _time.Advance(FleetPoller.Interval);
        Assert.True((await watcher.NextAsync()).Loaded);
    }

    [Fact]
    public async Task Who_comes_back_soon_sees_the_last_state_at_once_and_who_comes_late_does_not()
    {
        using (var watcher = new Watcher(_poller)) await watcher.NextAsync();
        using (_poller.Subscribe(_ => { })) Assert.Single(_poller.Current.Services);
        _time.Advance(FleetPoller.MaxSnapshotAge + TimeSpan.FromSeconds(1));
        using (_poller.Subscribe(_ => { })) Assert.False(_poller.Current.Loaded);
    }

    public async ValueTask DisposeAsync()
    {
        _poller.Dispose();
        _api.Dispose();
        _telemetry.Dispose();
        await _server.DisposeAsync();
    }

    /// <summary>One browser: keeps the snapshots it was given.</summary>
    private sealed class Watcher : IDisposable
    {
        private readonly Channel<FleetOverview> _snapshots = Channel.CreateUnbounded<FleetOverview>();
        private readonly IDisposable _subscription;

        public Watcher(FleetPoller poller)
        {
            _subscription = poller.Subscribe(snapshot => Assert.True(_snapshots.Writer.TryWrite(snapshot)));
        }

        public ValueTask<FleetOverview> NextAsync() => _snapshots.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public void Dispose() => _subscription.Dispose();
    }
}
