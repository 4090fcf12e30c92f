using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A gateway in a process of its own serves on while its platform is away, and replicas that were left are taken over.</summary>
public sealed class StandaloneGatewayTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Clients_are_answered_while_the_platform_is_stopped_and_started_again()
    {
        using var folder = new TemporaryFolder();
        await using GatewayProcess gateway = GatewayProcess.Launch(folder.Path);
        await using PlatformProcess platform =
            await PlatformProcess.StartAsync(folder.Path, "--set", "operator.leaveReplicas=true");
        await gateway.ServesAsync();
        Assert.Contains("Waiting: no platform runs on", gateway.Output, StringComparison.Ordinal);
        using HttpClient client = ClientOf(gateway, platform.ApiKey);
        await AnswersAsync(client);
        IReadOnlyList<int> workers = [.. platform.WorkerPids().Order()];
        Assert.NotEmpty(workers);
        string instance = $"gateway-{gateway.Address.Port}";
        await Eventually.True("its metrics in the platform's store", Soon, () => HasRequestsOfAsync(platform, instance));

        // A stream that is open when the platform ends comes whole.
        using HttpResponseMessage open = await client.SendAsync(
            Completion(stream: true, tokens: 300), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await platform.StopAsync();
        Assert.EndsWith(
            "data: [DONE]\n\n", await open.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(workers, platform.WorkerPids().Order());
        await AnswersAsync(client);

        await platform.StartAsync();
        Assert.Equal(workers, platform.WorkerPids().Order());
        await AnswersAsync(client);
        foreach (JsonObject replica in await platform.ListAsync("modelreplicas"))
        {
            Assert.Equal(("Ready", 0), ((string?)replica["status"]!["phase"], (int?)replica["status"]!["restarts"] ?? 0));
        }

        Assert.Equal(0, await gateway.StopAsync());
    }

    private static HttpClient ClientOf(GatewayProcess gateway, string key)
    {
        var client = new HttpClient { BaseAddress = gateway.Address, Timeout = Soon };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static async Task AnswersAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.SendAsync(
            Completion(stream: false, tokens: 4), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static HttpRequestMessage Completion(bool stream, int tokens)
    {
        var body = new JsonObject
        {
            ["model"] = "tiny",
            ["prompt"] = "Once",
            ["max_tokens"] = tokens,
            ["ignore_eos"] = true,
            ["stream"] = stream,
        };
        return new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
    }

    private static async Task<bool> HasRequestsOfAsync(PlatformProcess platform, string instance)
    {
        using HttpClient telemetry = platform.CreateTelemetryClient();
        string query = Uri.EscapeDataString($"trireme_gateway_requests_total{{job=\"gateway\",instance=\"{instance}\"}}");
        string answer = await telemetry.GetStringAsync($"/api/v1/query?query={query}", TestContext.Current.CancellationToken);
        return JsonNode.Parse(answer)!["data"]!["result"]!.AsArray().Count > 0;
    }
}
