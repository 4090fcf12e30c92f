using System.Net;
using System.Text.Json;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Forwarding;

/// <summary>What the gateway presents to a replica, and what it makes of one that turns it away.</summary>
public sealed class ReplicaAccessTests
{
    private static readonly ReplicaKey Secret = ReplicaKey.Create();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replica_is_sent_its_own_key_and_neither_the_clients_nor_what_tells_of_its_web_page()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(Snapshot(engine, new Known(Secret)));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = new StringContent("{\"model\":\"chat\"}", null, "application/json"),
        };
        request.Headers.Add("Origin", "https://chat.example");
        request.Headers.Add("Referer", "https://chat.example/room");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using HttpResponseMessage response = await gateway.Client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Dictionary<string, string> received = engine.Received.Single().Headers;
        Assert.Equal(Secret.ToAuthorization(), received["Authorization"]);
        Assert.Empty(received.Keys.Intersect(["Origin", "Referer", "Sec-Fetch-Site"], StringComparer.OrdinalIgnoreCase));
        Assert.DoesNotContain(received.Values, value => value.Contains(gateway.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_that_asks_for_no_key_is_sent_none()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.DoesNotContain("Authorization", engine.Received.Single().Headers.Keys);
    }

    [Fact]
    public async Task A_replica_that_is_not_known_to_be_the_platforms_is_sent_nothing()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(Snapshot(engine, new Known(null)));
        Assert.All(gateway.Routes.Snapshot.Namespaces["team-a"]["chat"].Releases, release => Assert.Empty(release.Replicas));
    }

    [Fact]
    public async Task A_replica_that_turns_the_platform_away_is_put_aside_and_the_client_is_not_told_that_its_key_is_wrong()
    {
        await using FakeEngine bad = await FakeEngine.StartAsync("bad", FakeEngine.Status(401));
        await using FakeEngine good = await FakeEngine.StartAsync("good");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { EjectionTime = TimeSpan.FromMinutes(5) });
        gateway.Route(bad, good);
        for (int i = 0; i < 40; i++)
        {
            using HttpResponseMessage response = await gateway.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("good", response.Headers.GetValues("x-trireme-replica").Single());
        }

        Assert.Single(bad.Received);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_retries_total", "reason=\"unauthorized\""));

        await using GatewayFixture alone = await GatewayFixture.StartAsync(new GatewayOptions { MaxAttempts = 1 });
        alone.Route(bad);
        using HttpResponseMessage refused = await alone.ChatAsync();
        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        Assert.DoesNotContain("key", error.GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_key_stays_out_of_what_is_written_of_a_route()
    {
        RoutingSnapshot snapshot = RoutingSnapshot.Build(
            [GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, []))],
            [GatewayFixture.Replica("r", GatewayFixture.HashV1, new Uri("http://127.0.0.1:9000"))],
            new Known(Secret));
        ReplicaRoute route = snapshot.Namespaces["team-a"]["chat"].Releases[0].Replicas[0];
        Assert.Contains("(secret)", route.ToString(), StringComparison.Ordinal);
        string key = Secret.ToAuthorization()["Bearer ".Length..];
        Assert.DoesNotContain(key, route.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(key, JsonSerializer.Serialize(route), StringComparison.Ordinal);
    }

    private static RoutingSnapshot Snapshot(FakeEngine engine, IReplicaCredentials credentials) => RoutingSnapshot.Build(
        [GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, []))],
        [GatewayFixture.Replica(engine.Name, GatewayFixture.HashV1, engine.Endpoint)],
        credentials);

    /// <param name="known">The key of every replica; null for replicas that are not known.</param>
    private sealed class Known(ReplicaKey? known) : IReplicaCredentials
    {
        public bool TryFind(ModelReplica replica, out ReplicaKey? key)
        {
            key = known;
            return known is not null;
        }
    }
}
