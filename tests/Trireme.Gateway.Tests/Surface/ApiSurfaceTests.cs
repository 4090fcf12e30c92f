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
        // A key is asked for everywhere but at the probe and where nothing is served: an answer of another kind is that of another route.
        Assert.Equal(path switch { "/health" => 200, "/v1/moderations" => 501, _ => 401 }, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/v1/models")]
    public async Task What_can_be_read_is_answered_to_HEAD_without_a_body(string path)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using HttpResponseMessage response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("https://chat.example", true)]
    [InlineData("https://other.example", false)]
    public async Task Pages_of_the_origins_that_are_set_may_call_with_a_key(string origin, bool isAllowed)
    {
        await using GatewayFixture gateway =
            await GatewayFixture.StartAsync(new GatewayOptions { AllowedOrigins = ["https://chat.example"] });
        using var asks = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asks.Headers.Add("Origin", origin);
        asks.Headers.Add("Access-Control-Request-Method", "POST");
        asks.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using HttpResponseMessage preflight = await gateway.Client.SendAsync(asks, TestContext.Current.CancellationToken);
        Assert.Equal(isAllowed, preflight.Headers.Contains("Access-Control-Allow-Origin"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("Origin", origin);
        using HttpResponseMessage response = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(isAllowed, response.Headers.Contains("Access-Control-Allow-Origin"));
        bool tellsRelease = response.Headers.TryGetValues("Access-Control-Expose-Headers", out IEnumerable<string>? shown)
            && shown.Single().Contains("x-trireme-release", StringComparison.Ordinal);
        Assert.Equal(isAllowed, tellsRelease);
    }

    [Fact]
    public async Task No_page_may_call_unless_its_origin_is_set()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using var asks = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asks.Headers.Add("Origin", "https://chat.example");
        asks.Headers.Add("Access-Control-Request-Method", "POST");
        using HttpResponseMessage preflight = await gateway.Client.SendAsync(asks, TestContext.Current.CancellationToken);
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_answer_to_an_unknown_address_names_the_known_ones()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using HttpResponseMessage response = await gateway.PostAsync("{}", "/v1/files");
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        Assert.Equal(
            "There is no POST /v1/files. Known are POST /v1/chat/completions, /v1/completions, /v1/embeddings, /tokenize, /v1/responses, "
                + "/v1/messages, /v1/messages/count_tokens and /v2/models/NAME/infer, and GET /v1/models.",
            error.GetProperty("message").GetString());
    }

    /// <summary>Methods and addresses that there are not, and whether the error is OpenAI's object or a text.</summary>
    public static TheoryData<string, string, bool> Unknown => new()
    {
        { "GET", "/", true },
        { "GET", "/nowhere", true },
        { "GET", "/metrics", true },
        { "POST", "/v1", true },
        { "POST", "/v1/", true },
        { "POST", "/v1/files/", true },
        { "GET", "/v1/messages/batches", true },
        { "POST", "/v1/messages/batches/b1/cancel", true },
        { "DELETE", "/v1/chat", true },
        { "GET", "/apis", true },
        { "GET", "/api", false },
        { "GET", "/api/tags", false },
        { "POST", "/api/chat", false },
        { "HEAD", "/api/version/", false },
        { "GET", "/v2", false },
        { "GET", "/v2/health/ready", false },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task An_unknown_address_is_an_error_that_its_clients_can_read(string method, string path, bool isOpenAi)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Client.DefaultRequestHeaders.Authorization = null;
        using HttpResponseMessage response = await gateway.Client.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        Assert.Equal((404, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        if (method == "HEAD") return;
        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        JsonElement error = json.RootElement.GetProperty("error");
        string? message = isOpenAi ? error.GetProperty("message").GetString() : error.GetString();
        Assert.StartsWith($"There is no {method} {path}. Known are POST ", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_wrong_method_of_every_address_is_answered_with_the_right_ones(string method, string path)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        string concrete = path.Replace("{model}", "m", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal)
            .Replace("{id}", "m", StringComparison.Ordinal);
        foreach (string end in (string[])["", "/"])
        {
            using HttpResponseMessage response = await gateway.Client.SendAsync(
                new HttpRequestMessage(HttpMethod.Patch, concrete + end), TestContext.Current.CancellationToken);
            Assert.Equal(405, (int)response.StatusCode);
            IEnumerable<string> methods = ApiSurface.Routes.Where(route => route.Path == path).Select(route => route.Method ?? "");
            Assert.Contains(method, response.Content.Headers.Allow);
            Assert.Equal(methods.SelectMany(Allowed), response.Content.Headers.Allow);
        }
    }

    private static IEnumerable<string> Allowed(string method) =>
        method switch { "" => [], "GET" => ["GET", "HEAD"], _ => [method] };

    [Theory]
    [InlineData("/health")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/")]
    public async Task What_can_be_read_can_be_asked_for_its_head(string path)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using HttpResponseMessage response = await gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, path), TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public void An_address_that_looks_a_service_up_says_what_it_does_to_it()
    {
        Assert.All(ApiSurface.Routes, route =>
        {
            bool looksUp = route.Operation is not (ApiOperation.Health or ApiOperation.Refuse);
            Assert.Equal(looksUp, route.Verb is not null);
            Assert.Equal(route.Operation is ApiOperation.Infer or ApiOperation.Refuse, route.IsMetered);
            Assert.True(route.Operation != ApiOperation.Infer || route.Model != ModelLocation.None);
            Assert.Equal(route.Path.StartsWith("/v2", StringComparison.Ordinal), route.Dialect == ApiDialect.OpenInference);
            Assert.Equal(route.Path.StartsWith("/v1/messages", StringComparison.Ordinal), route.Dialect == ApiDialect.Anthropic);
        });
    }
}
