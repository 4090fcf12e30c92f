using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Http;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Tests.Forwarding;

/// <summary>What a replica is told of the caller comes from the key and the service alone.</summary>
public class CallerHeaderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_key_says_its_place_in_the_queue(int priority)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        NewApiKey key = ApiKey.Create("team-a", "batch", DateTimeOffset.UnixEpoch, new ApiKeyTerms { Priority = priority });
        gateway.Services.GetRequiredService<ApiKeyTable>().Update(ApiKeyDirectory.Build([key.Secret]));

        Dictionary<string, string> seen = await HeadersAsync(gateway, engine, key, "{\"model\":\"chat\",\"priority\":-900}");
        Assert.Equal($"{priority}", seen[TriremeHeaders.Priority]);
    }

    [Theory]
    [InlineData(PrefixCacheScope.Key, true, false)]
    [InlineData(PrefixCacheScope.Tenant, true, true)]
    [InlineData(PrefixCacheScope.Service, false, true)]
    public async Task Callers_share_cached_prompts_as_the_service_says(PrefixCacheScope scope, bool isSalted, bool isShared)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        ModelService service = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, [engine]));
        gateway.Routes.Update(RoutingSnapshot.Build(
            [service with { Spec = service.Spec with { Isolation = new IsolationSpec { PrefixCache = scope } } }],
            [GatewayFixture.Replica("engine", GatewayFixture.HashV1, engine.Endpoint)]));
        NewApiKey one = ApiKey.Create("team-a", "one", DateTimeOffset.UnixEpoch);
        NewApiKey two = ApiKey.Create("team-a", "two", DateTimeOffset.UnixEpoch);
        gateway.Services.GetRequiredService<ApiKeyTable>().Update(ApiKeyDirectory.Build([one.Secret, two.Secret]));

        string? first = await SaltAsync(one), again = await SaltAsync(one), other = await SaltAsync(two);
        Assert.Equal(isSalted, first is not null);
        Assert.Equal(first, again);
        Assert.Equal(isShared, first == other);
        Assert.DoesNotContain(one.Secret.Metadata.Name["api-key-".Length..], first ?? "", StringComparison.Ordinal);

        async Task<string?> SaltAsync(NewApiKey key) =>
            (await HeadersAsync(gateway, engine, key, "{\"model\":\"chat\"}")).GetValueOrDefault(TriremeHeaders.CacheSalt);
    }

    private static async Task<Dictionary<string, string>> HeadersAsync(
        GatewayFixture gateway, FakeEngine engine, NewApiKey key, string body)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body) };
        message.Headers.Authorization = new("Bearer", key.Plaintext);
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, Cancel);
        response.EnsureSuccessStatusCode();
        Assert.True(engine.Received.TryDequeue(out ReceivedRequest? received));
        return received.Headers;
    }
}
