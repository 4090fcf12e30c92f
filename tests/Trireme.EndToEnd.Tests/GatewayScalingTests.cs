using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>The number of replicas follows the load also where it comes through a gateway in a process of its own.</summary>
[Trait("Kind", "Waiting")]
public sealed class GatewayScalingTests
{
    private const string Manifest = """
        apiVersion: trireme.dev/v1alpha1
        kind: Release
        metadata: {name: nap-v1}
        spec:
          source: {path: models/tiny}
        ---
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata: {name: nap}
        spec:
          release: nap-v1
          resources: {memory: 512Mi}
          scaling: {minReplicas: 0, maxReplicas: 2, idleTimeout: 2s}
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Several times the service's idle timeout.</summary>
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_by_itself_wakes_a_service_and_keeps_it_awake_while_it_has_requests_or_says_nothing()
    {
        using var folder = new TemporaryFolder();
        await using PlatformProcess platform = await PlatformProcess.StartAsync(folder.Path);
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(folder.Path);
        var service = new ReleasedService(platform, "nap");
        string manifest = folder.File("nap.yaml");
        await File.WriteAllTextAsync(manifest, Manifest, Cancel);
        await service.RunAsync("apply", "-f", manifest);
        await SleepsAsync(service);
        using var client = new HttpClient { BaseAddress = gateway.Address, Timeout = Deadline };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", platform.ApiKey);

        // :: It wakes the service, and keeps it awake for as long as it has requests.
        await AnswersAsync(client);
        var busy = Stopwatch.StartNew();
        while (busy.Elapsed < Busy)
        {
            await AnswersAsync(client);
            Assert.InRange(await DesiredAsync(service) ?? 0, 1, 2);
        }

        await SleepsAsync(service);

        // :: One that is there and says nothing may have any load.
        await AnswersAsync(client);
        await gateway.SignalAsync("STOP");
        await Eventually.True("that the load is not known", Deadline, async () =>
            (string?)(await ScalingConditionAsync(service))["reason"] == "SignalsStale");
        Assert.Equal(1, await DesiredAsync(service));
        Assert.Contains(
            $"gateway-{gateway.Address.Port}",
            (string)(await ScalingConditionAsync(service))["message"]!,
            StringComparison.Ordinal);
        await gateway.SignalAsync("CONT");
        await SleepsAsync(service);

        // :: One that has ended is not waited for.
        await AnswersAsync(client);
        Assert.Equal(0, await gateway.StopAsync());
        await SleepsAsync(service);
        using HttpClient own = platform.CreateClient();
        own.BaseAddress = new Uri(own.BaseAddress!, "/");
        await AnswersAsync(own);
        await SleepsAsync(service);
    }

    private static async Task AnswersAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync(
            "/v1/completions", new JsonObject { ["model"] = "nap", ["prompt"] = "Once", ["max_tokens"] = 4 }, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task SleepsAsync(ReleasedService service) => Eventually.True("it sleeps", Deadline, async () =>
        await DesiredAsync(service) == 0 && (int?)(await service.ServiceAsync())["status"]?["replicas"] == 0);

    private static async Task<int?> DesiredAsync(ReleasedService service) =>
        (int?)(await service.ServiceAsync())["status"]?["scaling"]?["desired"];

    private static async Task<JsonNode> ScalingConditionAsync(ReleasedService service) =>
        (await service.ServiceAsync())["status"]!["conditions"]!.AsArray()
            .Single(condition => (string?)condition!["type"] == "ScalingActive")!;
}
