using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Tests.Harness;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Tests.Identity;

/// <summary>Between its start and the first list of keys a gateway knows of no key whether it is good.</summary>
public sealed class KeysNotLoadedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_is_refused_only_once_the_keys_are_known()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(tellKeys: false);
        using HttpResponseMessage early = await gateway.Client.GetAsync("/v1/models", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), early.Headers.RetryAfter?.Delta);
        Assert.Equal("server_error", (await GatewayFixture.ErrorAsync(early)).GetProperty("type").GetString());

        gateway.Services.GetRequiredService<ApiKeyTable>().Update(ApiKeyDirectory.Empty);
        using HttpResponseMessage late = await gateway.Client.GetAsync("/v1/models", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
    }
}
