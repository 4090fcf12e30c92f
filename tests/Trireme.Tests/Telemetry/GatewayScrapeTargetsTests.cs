using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Hosting.Gateways;
using Trireme.Hosting.Telemetry;
using Trireme.Kubernetes;
using Trireme.Telemetry.Scraping;
using Trireme.Testing;

namespace Trireme.Tests.Telemetry;

public sealed class GatewayScrapeTargetsTests : IDisposable
{
    private const string Url = "http://127.0.0.1:9000/metrics";

    private readonly TimeDriver _driver = new();
    private readonly IResourceClient<Lease> _leases;
    private readonly GatewayScrapeTargets _targets;

    public GatewayScrapeTargetsTests()
    {
        var api = new MemoryApi(_driver.Time);
        _leases = api.Of<Lease>();
        var informers = new InformerSet(api, NullLoggerFactory.Instance, _driver.Time);
        _targets = new GatewayScrapeTargets(new KnownGateways(informers, _driver.Time), ReplicaKey.Create());
        _driver.Start(() => informers.RunAsync(CancellationToken.None));
    }

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void A_gateway_is_scraped_as_long_as_its_lease_is_renewed()
    {
        Lease lease = Create(Url);
        ScrapeTarget target = Assert.Single(Now());
        Assert.Equal((new Uri(Url), "gateway", "gateway-8000"), (target.Url, target.Labels.Get("job"), target.Labels.Get("instance")));
        Assert.NotNull(target.Key);

        _driver.AdvanceBy(GatewayLease.Duration);
        Assert.Single(Now());
        lease = _driver.Await(() => _leases.ReplaceAsync(lease with { Spec = new LeaseSpec { HolderIdentity = "again" } }));
        Assert.Single(Now());
        _driver.AdvanceBy(GatewayLease.Duration + TimeSpan.FromSeconds(1));
        Assert.Empty(Now());

        // It comes back with the next renewal.
        _driver.Await(() => _leases.ReplaceAsync(lease with { Spec = new LeaseSpec { HolderIdentity = "and again" } }));
        Assert.Single(Now());
    }

    [Fact]
    public void A_clock_that_is_set_ends_no_lease()
    {
        Create(Url);
        Assert.Single(Now());
        _driver.SetWallClock(TimeSpan.FromDays(3));
        Assert.Single(Now());
    }

    [Theory]
    [InlineData("http://10.0.0.7:9000/metrics", TriremeApi.GatewayComponent)]
    [InlineData("https://127.0.0.1:9000/metrics", TriremeApi.GatewayComponent)]
    [InlineData("file:///etc/passwd", TriremeApi.GatewayComponent)]
    [InlineData("not an address", TriremeApi.GatewayComponent)]
    [InlineData(Url, "something else")]
    public void The_key_goes_to_no_other_address(string url, string component)
    {
        Create(url, component);
        Assert.Empty(Now());
    }

    private IReadOnlyList<ScrapeTarget> Now()
    {
        _driver.RunUntilIdle();
        return _targets.Current;
    }

    private Lease Create(string url, string component = TriremeApi.GatewayComponent) => _driver.Await(() => _leases.CreateAsync(new Lease
    {
        Metadata = new ObjectMeta
        {
            Name = "gateway-8000",
            Namespace = TriremeApi.SystemNamespace,
            Labels = new Dictionary<string, string> { [TriremeApi.ComponentLabel] = component.Replace(' ', '-') },
            Annotations = new Dictionary<string, string> { [TriremeApi.MetricsUrlAnnotation] = url },
        },
        Spec = new LeaseSpec { HolderIdentity = "one" },
    }));
}
