using System.Text.Json;
using Trireme.Gateway.Surface;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Surface;

public class ApiSurfaceTests
{
    public static TheoryData<string, string> Addresses() =>
        [.. ApiSurface.Routes.Where(route => route.Method is not null).Select(route => (route.Method!, route.Path))];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Every_address_is_mapped(string method, string path)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Client.DefaultRequestHeaders.Authorization = null;
        string concrete = path.Replace("{model}", "m", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal)
            .Replace("{id}", "m", StringComparison.Ordinal);
        using HttpResponseMessage response = await gateway.Client.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), concrete), TestContext.Current.CancellationToken);
        // A key is asked for everywhere but at the probe, so an answer of another kind is that of another route.
        Assert.Equal(path == "/health" ? 200 : 401, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_answer_to_an_unknown_address_names_the_known_ones()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using HttpResponseMessage response = await gateway.PostAsync("{}", "/v1/responses");
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        Assert.Equal(
            "There is no POST /v1/responses. Known are POST /v1/chat/completions, /v1/completions, /v1/embeddings, /tokenize and "
                + "/v2/models/NAME/infer, and GET /v1/models.",
            error.GetProperty("message").GetString());
    }

    [Fact]
    public void An_address_that_looks_a_service_up_says_what_it_does_to_it()
    {
        Assert.All(ApiSurface.Routes, route =>
        {
            bool looksUp = route.Operation is ApiOperation.Infer or ApiOperation.GetModel or ApiOperation.ListModels;
            Assert.Equal(looksUp, route.Verb is not null);
            Assert.Equal(route.Operation is ApiOperation.Infer or ApiOperation.Refuse, route.IsMetered);
            Assert.True(route.Operation != ApiOperation.Infer || route.Model != ModelLocation.None);
            Assert.Equal(route.Path.StartsWith("/v2", StringComparison.Ordinal), route.Dialect == ApiDialect.OpenInference);
        });
    }
}
