using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Hosting.Listening;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

/// <summary>Every listener of the platform, as it is bound, with nothing behind it but an answer of 200.</summary>
public sealed class CallerGateTests : IAsyncLifetime
{
    private static readonly string[] Names = ["gateway", "apiServer", "dashboard"];

    private readonly MetricRegistry _metrics = new();
    private readonly Dictionary<string, WebApplication> _apps = [];
    private PlatformListeners _listeners = null!;

    public static TheoryData<string> Listeners => [.. Names];

    public async ValueTask InitializeAsync()
    {
        PlatformSettings settings = PlatformSettings.Default with
        {
            Gateway = new GatewaySettings
            {
                Port = 0,
                AllowedHosts = ["models.example.com"],
                Limits = new() { AllowedOrigins = ["https://chat.example"] },
            },
            ApiServer = new ApiServerSettings { Port = 0, AllowedHosts = ["models.example.com"] },
            Dashboard = new DashboardSettings { Port = 0, AllowedHosts = ["models.example.com"] },
        };
        _listeners = PlatformListeners.Bind(settings, _metrics);
        BoundListener[] bound = [_listeners.Gateway, _listeners.ApiServer, _listeners.Dashboard];
        for (int i = 0; i < bound.Length; i++) _apps[Names[i]] = await ServeAsync(bound[i]);
    }

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Every_listener_refuses_other_hosts_and_other_pages(string listener)
    {
        Assert.Equal(200, await StatusAsync(listener, "Host: localhost"));
        Assert.Equal(200, await StatusAsync(listener, "Host: models.example.com"));
        Assert.Equal(421, await StatusAsync(listener, "Host: rebound.example"));
        Assert.Equal(400, await StatusAsync(listener, "Host: localhost:99999"));
        Assert.Equal(403, await StatusAsync(listener, "Host: localhost", "Origin: https://evil.example"));
        Assert.Equal(403, await StatusAsync(listener, "Host: localhost", "Sec-Fetch-Site: cross-site"));
        Assert.Equal(403, await StatusAsync(listener, "Host: localhost", "Sec-Fetch-Site: same-site"));
        Assert.Equal(200, await StatusAsync(listener, "Host: localhost", "Origin: http://localhost", "Sec-Fetch-Site: same-origin"));
        Assert.Contains("trireme_listener_requests_refused_total{listener=", _metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pages_that_are_named_may_call_the_gateway_alone()
    {
        Assert.Equal(200, await StatusAsync("gateway", "Host: localhost", "Origin: https://chat.example", "Sec-Fetch-Site: cross-site"));
        Assert.Equal(403, await StatusAsync("dashboard", "Host: localhost", "Origin: https://chat.example"));
        Assert.Equal(403, await StatusAsync("apiServer", "Host: localhost", "Origin: https://chat.example"));
    }

    [Fact]
    public async Task A_link_leads_to_the_dashboard_and_to_nothing_else()
    {
        string[] link = ["Host: localhost", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
        Assert.Equal(200, await StatusAsync("dashboard", link));
        Assert.Equal(403, await StatusAsync("gateway", link));
        Assert.Equal(403, await StatusAsync("apiServer", link));
        string frame = await AskAsync("dashboard", "/", [.. link[..3], "Sec-Fetch-Dest: iframe"]);
        Assert.StartsWith("HTTP/1.1 403 ", frame, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gateway", "/v1/models", "error.code", "foreign_host")]
    [InlineData("gateway", "/v2/models/x/infer", "error", "The gateway does not answer to the host \"evil.example\"; "
        + "gateway.allowedHosts can name it.")]
    [InlineData("gateway", "/api/tags", "error", "The gateway does not answer to the host \"evil.example\"; "
        + "gateway.allowedHosts can name it.")]
    [InlineData("apiServer", "/api/v1/namespaces", "message", "the API server does not answer to the host \"evil.example\"; "
        + "apiServer.allowedHosts can name it")]
    [InlineData("dashboard", "/api/v1/query", "errorType", "forbidden")]
    public async Task A_refusal_is_in_the_form_that_the_listener_s_clients_read(string listener, string path, string field, string text)
    {
        string answer = await AskAsync(listener, path, "Host: evil.example");
        JsonNode? node = JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)]);
        foreach (string part in field.Split('.')) node = node?[part];
        Assert.Equal(text, (string?)node);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WebApplication app in _apps.Values) await app.DisposeAsync();
        _listeners.Dispose();
    }

    private static async Task<WebApplication> ServeAsync(BoundListener listener)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        listener.ServeOn(builder.WebHost);
        WebApplication app = builder.Build();
        app.Run(context => context.Response.WriteAsync("taken"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private async Task<int> StatusAsync(string listener, params string[] headers) =>
        int.Parse((await AskAsync(listener, "/", headers)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private Task<string> AskAsync(string listener, string path, params string[] headers) => RawHttp.SendAsync(
        new Uri(_apps[listener].Urls.First()),
        $"GET {path} HTTP/1.1\r\n{string.Join("\r\n", headers)}\r\nConnection: close\r\n\r\n",
        TestContext.Current.CancellationToken);
}
