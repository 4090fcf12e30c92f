using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests.Fleet;

public sealed class FleetPollerTests : IAsyncLifetime
{
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
        _poller = new FleetPoller(_api, _telemetry, _time, NullLogger<FleetPoller>.Instance);
    }

    [Fact]
    public async Task A_snapshot_holds_what_both_sources_say()
    {
        using var watcher = new Watcher(_poller);
        FleetSnapshot snapshot = await watcher.NextAsync();
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

        FleetSnapshot broken = await watcher.NextAsync();
        Assert.Equal("it answered 503: the store is closed", broken.ApiProblem);
        Assert.Single(broken.Services);
        Assert.Equal((Samples.Now, Samples.Now + FleetPoller.Interval), (broken.ResourcesAt, broken.MetricsAt));

        _server.ApiBroken = false;
        _time.Advance(FleetPoller.Interval);
        FleetSnapshot recovered = await watcher.NextAsync();
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

        FleetSnapshot broken = await watcher.NextAsync();
        Assert.NotNull(broken.TelemetryProblem);
        Assert.Null(broken.ApiProblem);
        Assert.Equal(5, Assert.Single(broken.Metrics.RequestsPerSecond).Value);

        (_server.TelemetryBroken, _server.QueryResults) = (false, good);
        _time.Advance(FleetPoller.Interval);
        Assert.Null((await watcher.NextAsync()).TelemetryProblem);
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
        _time.Advance(FleetPoller.Shelf + TimeSpan.FromSeconds(1));
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
        private readonly Channel<FleetSnapshot> _snapshots = Channel.CreateUnbounded<FleetSnapshot>();
        private readonly IDisposable _subscription;

        public Watcher(FleetPoller poller)
        {
            _subscription = poller.Subscribe(snapshot => Assert.True(_snapshots.Writer.TryWrite(snapshot)));
        }

        public ValueTask<FleetSnapshot> NextAsync() => _snapshots.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public void Dispose() => _subscription.Dispose();
    }
}
