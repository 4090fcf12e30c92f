using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Http;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>The listener that the query API shares with pages: programs get JSON, browsers a page.</summary>
public sealed class UnknownAddressTests : IAsyncLifetime
{
    private readonly WebApplication _application = Build();
    private readonly HttpClient _client = new();
    private string _address = "";

    public static TheoryData<string, string, string?> Addresses => new()
    {
        { "GET", "/api", null },
        { "GET", "/api/", "text/html" },
        { "GET", "/api/v2/query", "text/html" },
        { "GET", "/api/tags", "*/*" },
        { "POST", "/api/v9/write", null },
        { "GET", "/-/ready", "text/html,*/*" },
        { "GET", "/metrics/", "text/html" },
        { "GET", "/metrics/x", "text/html" },
        { "GET", "/federate", null },
        { "GET", "/nowhere", "*/*" },
        { "GET", "/nowhere/", "application/json" },
        { "PUT", "/", null },
    };

    public async ValueTask InitializeAsync()
    {
        await _application.StartAsync(TestContext.Current.CancellationToken);
        _address = TelemetryHost.AddressOf(_application);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _application.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Programs_get_an_error_in_JSON(string method, string path, string? accept)
    {
        (HttpResponseMessage response, string body) = await SendAsync(method, path, accept);
        using (response)
        {
            // A slash at the end of a known address makes no other address of it.
            if (path == "/metrics/")
            {
                Assert.Equal("m 1\n", body);
                return;
            }

            HttpStatusCode expected = method == "PUT" ? HttpStatusCode.MethodNotAllowed : HttpStatusCode.NotFound;
            Assert.Equal((expected, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            using JsonDocument json = JsonDocument.Parse(body);
            Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
            Assert.Contains(path, json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_error_that_an_address_gives_itself_stands()
    {
        (HttpResponseMessage response, string body) = await SendAsync("GET", "/api/v1/nothing", accept: null);
        using (response) Assert.Equal("""{"status":"error","errorType":"not_found","error":"known better"}""", body);
    }

    [Fact]
    public async Task A_wrong_method_comes_with_the_right_ones()
    {
        (HttpResponseMessage response, string body) = await SendAsync("DELETE", "/metrics", "text/html");
        using (response)
        {
            Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
            Assert.Equal(["GET"], response.Content.Headers.Allow);
            Assert.Contains("/metrics takes GET, not DELETE", body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/nowhere", "text/html,application/xhtml+xml,*/*;q=0.8")]
    [InlineData("/apis", "text/html")]
    public async Task A_browser_gets_a_page(string path, string accept)
    {
        (HttpResponseMessage response, string body) = await SendAsync("GET", path, accept);
        using (response) Assert.Equal((HttpStatusCode.NotFound, "no such page"), (response.StatusCode, body));
    }

    private static WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        application.MapGet("/metrics", static () => "m 1\n");
        application.MapGet("/", static () => "home");
        application.Map("/api/v1/{**path}", static context =>
            ApiResponse.WriteErrorAsync(context, StatusCodes.Status404NotFound, "not_found", "known better"));
        application.UseStatusCodePages(static status => status.HttpContext.Response.WriteAsync("no such page"));
        application.UseUnknownAddressErrors();
        return application;
    }

    private async Task<(HttpResponseMessage Response, string Body)> SendAsync(string method, string path, string? accept)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), _address + path);
        if (accept is not null) request.Headers.Add("Accept", accept);
        HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
