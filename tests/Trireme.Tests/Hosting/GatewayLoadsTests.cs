using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Load;
using Trireme.Hosting;
using Trireme.Hosting.Gateways;
using Trireme.Hosting.Logging;
using Trireme.Kubernetes;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

/// <summary>The loads that a page of a gateway's process tells, as the platform asks for them by its lease.</summary>
public sealed class GatewayLoadsTests : IAsyncLifetime
{
    private const string Key = "a-key-of-the-tests";

    private static readonly ResourceKey Chat = new("team-a", "chat");

    /// <summary>For the informers alone.</summary>
    private readonly TimeDriver _driver = new();
    private readonly SteppedTime _time = new();
    private readonly TemporaryFolder _folder = new();
    private readonly IResourceClient<Lease> _leases;
    private readonly KnownGateways _known;
    private readonly PlatformLog _log;
    private readonly GatewayListeners _listeners;
    private readonly List<ResourceKey> _woken = [];
    private MetricsPage? _page;
    private ServiceLoad _load = new() { Source = "one", Sequence = 1, At = TimeSpan.Zero };

    public GatewayLoadsTests()
    {
        var api = new MemoryApi(_driver.Time);
        _leases = api.Of<Lease>();
        var informers = new InformerSet(api, NullLoggerFactory.Instance, _driver.Time);
        _known = new KnownGateways(informers, _time);
        _driver.Start(() => informers.RunAsync(CancellationToken.None));
        PlatformSettings settings = PlatformSettings.Default with
        {
            DataDir = _folder.Path,
            Gateway = new GatewaySettings { Port = 0 },
            Log = new LogSettings { Level = LogLevel.None, File = new LogFileSettings { Enabled = false } },
        };
        _log = PlatformLog.Open(
            settings.Log, new PlatformOptions { Settings = settings }.Data.Log, new MetricRegistry(), TimeProvider.System);
        _listeners = GatewayListeners.Bind(settings, metricsPort: 0, new MetricRegistry());
    }

    public async ValueTask InitializeAsync()
    {
        _page = await MetricsPage.StartAsync(
            _listeners.Metrics,
            _log,
            Key,
            static () => "",
            () => new GatewayLoadPage([new ServiceReading(Chat.Namespace, Chat.Name, _load)]),
            TestContext.Current.CancellationToken);
        Register(_page.Url);
    }

    public async ValueTask DisposeAsync()
    {
        if (_page is not null) await _page.DisposeAsync();
        _listeners.Dispose();
        _log.Dispose();
        _folder.Dispose();
        _driver.Dispose();
    }

    [Fact]
    public async Task What_a_gateway_counts_comes_over_whole_and_held_requests_are_announced()
    {
        var cells = new LoadCell[LoadClasses.Count];
        cells[3] = new LoadCell(5, 4);
        _load = _load with
        {
            LongestHeld = TimeSpan.FromSeconds(1.5),
            InFlight = 3,
            WorkInFlight = 3.25,
            Arrived = 9,
            Cells = cells,
            Replicas = new Dictionary<string, ReplicaLoad> { ["chat-1"] = new(2, 2.5, 6.5) },
        };
        await using GatewayLoads loads = Loads();
        Assert.Null(Assert.Single(loads.Read(Chat)).Load);
        await AskAsync(loads);
        RouterReading reading = Assert.Single(loads.Read(Chat));
        Assert.Equal(("gateway-8000", _time.GetSteadyTime()), (reading.Router, reading.At));
        Assert.Equivalent(_load, reading.Load, strict: true);
        Assert.Empty(_woken);
        Assert.Null(Assert.Single(loads.Read(Chat with { Name = "other" })).Load);

        _load = _load with { Held = 1 };
        await AskAsync(loads);
        Assert.Equal([Chat], _woken);
    }

    [Fact]
    public async Task Who_has_another_key_is_told_nothing_and_what_is_not_told_is_missed()
    {
        await using GatewayLoads loads = Loads("another-key-of-the-tests");
        await AskAsync(loads);
        RouterReading reading = Assert.Single(loads.Read(Chat));
        Assert.Null(reading.Load);
        Assert.Equal([reading.Router], JoinedLoad.Begin("j").With([reading], _time.GetSteadyTime()).Signal.Silent);
        using var stranger = new HttpClient();
        using HttpResponseMessage refused =
            await stranger.GetAsync(new Uri(new Uri(_page!.Url), "/loads"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_gateway_counts_while_its_lease_is_renewed_or_it_answers_and_is_gone_when_neither_is()
    {
        await using GatewayLoads loads = Loads();
        await AskAsync(loads);

        // It cannot reach the API server, or nobody looked for long: it serves on, and is asked on.
        _time.Passed += GatewayLease.Duration + TimeSpan.FromMinutes(5);
        Assert.False(Assert.Single(_known.All).IsRenewed);
        await AskAsync(loads);
        Assert.Equal(_time.GetSteadyTime(), Assert.Single(loads.Read(Chat)).At);

        // It does not answer: its word is kept with its age, and then it is taken for ended.
        TimeSpan last = _time.GetSteadyTime();
        await _page!.DisposeAsync();
        _page = null;
        _time.Passed += TimeSpan.FromSeconds(1);
        await AskAsync(loads);
        Assert.Equal(last, Assert.Single(loads.Read(Chat)).At);
        await AskAsync(loads);
        Assert.Empty(loads.Read(Chat));
    }

    [Fact]
    public async Task A_gateway_that_is_said_to_run_and_does_not_answer_is_missed_for_as_long_as_its_lease_holds()
    {
        await using GatewayLoads loads = Loads();
        await _page!.DisposeAsync();
        _page = null;
        for (int i = 0; i < 3; i++)
        {
            await AskAsync(loads);
            Assert.Null(Assert.Single(loads.Read(Chat)).Load);
        }

        _time.Passed += GatewayLease.Duration + TimeSpan.FromSeconds(1);
        await AskAsync(loads);
        Assert.Empty(loads.Read(Chat));
    }

    private static Task AskAsync(GatewayLoads loads) => loads.AskOnceAsync(TestContext.Current.CancellationToken);

    private GatewayLoads Loads(string key = Key)
    {
        Assert.True(ReplicaKey.TryParse(key, out ReplicaKey? parsed));
        var loads = new GatewayLoads(_known, parsed, LoggerFactory.Create(static _ => { }), _time);
        loads.Waiting += _woken.Add;
        return loads;
    }

    private void Register(string url)
    {
        _driver.Await(() => _leases.CreateAsync(new Lease
        {
            Metadata = new ObjectMeta
            {
                Name = "gateway-8000",
                Namespace = TriremeApi.SystemNamespace,
                Labels = new Dictionary<string, string> { [TriremeApi.ComponentLabel] = TriremeApi.GatewayComponent },
                Annotations = new Dictionary<string, string> { [TriremeApi.MetricsUrlAnnotation] = url },
            },
            Spec = new LeaseSpec { HolderIdentity = "one" },
        }));
        _driver.RunUntilIdle();
        Assert.True(Assert.Single(_known.All).IsRenewed);
    }

    /// <summary>The clock of leases and readings; the requests between them take real time.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Passed { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
