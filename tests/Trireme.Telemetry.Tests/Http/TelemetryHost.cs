using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Http;
using Trireme.Telemetry.Scraping;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>The telemetry of a process behind real Kestrel, as the host composes it.</summary>
internal sealed class TelemetryHost : IAsyncDisposable, IScrapeTargets
{
    private readonly WebApplication _application;
    private readonly HttpClient _client = new();

    private TelemetryHost(TelemetryOptions options, Action<IServiceCollection>? configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<IScrapeTargets>(this);
        configure?.Invoke(builder.Services);
        builder.Services.AddTriremeTelemetry(options);
        builder.Services.AddSingleton(static provider => new MetricSource(
            provider.GetRequiredService<Contracts.Metrics.MetricRegistry>(),
            TestStores.Labels("job", "platform", "instance", "here")));
        _application = builder.Build();
        _application.MapTriremeQueryApi();
    }

    /// <summary>What there is to scrape; null for a list that cannot be read.</summary>
    public IReadOnlyList<ScrapeTarget>? Targets { get; set; } = [];

    IReadOnlyList<ScrapeTarget> IScrapeTargets.Current => Targets ?? throw new InvalidOperationException("there is no list");

    public IServiceProvider Services => _application.Services;

    public string Address { get; private set; } = "";

    public static async Task<TelemetryHost> StartAsync(TelemetryOptions? options = null, Action<IServiceCollection>? configure = null)
    {
        var host = new TelemetryHost(options ?? new TelemetryOptions { ScrapeInterval = TimeSpan.FromMilliseconds(50) }, configure);
        await host._application.StartAsync(TestContext.Current.CancellationToken);
        host.Address = AddressOf(host._application);
        return host;
    }

    public static string AddressOf(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(Address + path), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(static field => KeyValuePair.Create(field.Name, field.Value)));
        CancellationToken token = TestContext.Current.CancellationToken;
        using HttpResponseMessage response = await _client.PostAsync(new Uri(Address + path), content, token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(token));
    }

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        await _client.SendAsync(request, TestContext.Current.CancellationToken);

    /// <summary>The last error of the targets of a job, or null if there is none.</summary>
    public async Task<string?> LastErrorAsync(string job)
    {
        using JsonDocument json = JsonDocument.Parse((await GetAsync("/api/v1/targets")).Body);
        foreach (JsonElement target in json.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray())
        {
            if (target.GetProperty("scrapePool").GetString() == job) return target.GetProperty("lastError").GetString();
        }

        return null;
    }

    /// <summary>The values of an instant query now.</summary>
    public async Task<string[]> ValuesAsync(string query)
    {
        (HttpStatusCode status, string body) = await GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(query));
        Assert.True(status == HttpStatusCode.OK, body);
        using JsonDocument json = JsonDocument.Parse(body);
        JsonElement result = json.RootElement.GetProperty("data").GetProperty("result");
        return [.. result.EnumerateArray().Select(static element => element.GetProperty("value")[1].GetString()!)];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }
}
