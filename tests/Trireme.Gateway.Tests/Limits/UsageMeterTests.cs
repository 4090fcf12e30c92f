using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Limits;

public sealed class UsageMeterTests : IAsyncLifetime
{
    private GatewayFixture _gateway = null!;
    private FakeEngine _engine = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private UsageLimiter Limiter => _gateway.Services.GetRequiredService<UsageLimiter>();

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayFixture.StartAsync();
        _engine = await FakeEngine.StartAsync();
        _gateway.Route(_engine);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taking_an_event_s_tokens_allocates_nothing(bool isLimited)
    {
        if (isLimited) Tenant(new UsageSpec { TokensPerMinute = 1_000_000, CostPerDay = 100 });
        var limiter = new UsageLimiter(_gateway.Time, countsAll: true);
        if (isLimited) limiter.Update([Policy(new UsageSpec { TokensPerMinute = 1_000_000, CostPerDay = 100 })]);
        using DirectRequest direct = await DirectRequest.CreateAsync(_gateway, stream: true, Cancel);
        Assert.Null(limiter.TryBegin(direct.Request, out UsageMeter? meter));
        meter!.Entry = new RecordedEntry(default);
        for (int i = 1; i <= 100; i++) Assert.Null(meter.Take(new TokenUsage(10, i), i, isWhole: false));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 101; i <= 10_000; i++) meter.Take(new TokenUsage(10, i), i, isWhole: false);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(new UsageCounts(10, 0, 10_000, 0), meter.Counts);
    }

    [Fact]
    public async Task Who_has_no_request_and_used_nothing_for_a_minute_is_forgotten_and_his_budget_is_not()
    {
        Tenant(new UsageSpec { CostPerDay = 0.000050, RequestsPerMinute = 1000 }, price: new PriceSpec { Prompt = 1, Output = 2 });
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
        await _gateway.SettledAsync();
        Assert.Equal(1, Limiter.Holders);
        _gateway.Time.Advance(TimeSpan.FromMinutes(2));
        using (DirectRequest other = await DirectRequest.CreateAsync(_gateway, stream: false, Cancel))
        {
            // Another tenant's request has the first one forgotten.
            other.Request.Caller = new Governance.ApiKeys.ApiKeyIdentity("team-b", "k", "k");
            Limiter.Update([Policy(new UsageSpec { RequestsPerMinute = 1 }, "team-b")]);
            Assert.Null(Limiter.TryBegin(other.Request, out _));
        }

        Assert.Equal(1, Limiter.Holders);
        int asked = _engine.Received.Count;
        Tenant(new UsageSpec { CostPerDay = 0.000011 });
        Assert.Equal(HttpStatusCode.TooManyRequests, (await _gateway.ChatAsync()).StatusCode);
        Assert.Equal(asked, _engine.Received.Count);
        Tenant(new UsageSpec { CostPerDay = 0.000022 });
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
    }

    [Fact]
    public async Task A_budget_that_is_set_later_or_told_of_later_begins_with_what_was_spent()
    {
        DateTimeOffset now = _gateway.Time.GetUtcNow();
        Tenant(UsageSpec.Unlimited, price: new PriceSpec { Prompt = 1, Output = 2 });
        Limiter.Restore([SpentBefore.ByTenant("team-a", Spent.Now(100_000))], now);
        Tenant(new UsageSpec { CostPerDay = 0.0001 });
        using HttpResponseMessage refused = await _gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Tenant(new UsageSpec { CostPerDay = 0.001 });
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
        Limiter.Restore([SpentBefore.ByTenant("team-a", Spent.Now(900_000))], now);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await _gateway.ChatAsync()).StatusCode);
    }

    private static TenantPolicy Policy(UsageSpec together, string ns = "team-a") => new()
    {
        Metadata = new ObjectMeta { Name = TenantPolicy.OnlyName, Namespace = ns },
        Spec = new TenantPolicySpec { Usage = together },
    };

    private void Tenant(UsageSpec together, PriceSpec? price = null)
    {
        Limiter.Update([Policy(together)]);
        if (price is null) return;
        ModelService service = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, [_engine]));
        _gateway.Routes.Update(RoutingSnapshot.Build(
            [service with { Spec = service.Spec with { Price = price } }],
            [GatewayFixture.Replica(_engine.Name, GatewayFixture.HashV1, _engine.Endpoint)]));
    }
}
