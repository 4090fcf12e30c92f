using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>A service whose requests all come through a gateway in a process of its own scales by what that gateway counts.</summary>
[Trait("Kind", "Waiting")]
public sealed class GatewayScalingTests : IAsyncLifetime
{
    private const string Manifest = """
        apiVersion: trireme.dev/v1alpha1
        kind: Release
        metadata: {name: far-v1}
        spec: {source: {path: models/tiny}}
        ---
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata: {name: far}
        spec:
          release: far-v1
          resources: {memory: 64Mi, threads: 1}
          scaling: {minReplicas: 0, maxReplicas: 1, idleTimeout: 8s}
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path, "--no-samples");

    [Fact]
    public async Task It_is_woken_kept_awake_and_put_to_sleep_and_a_gateway_that_is_silent_moves_nothing()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(_folder.Path);
        string file = Path.Combine(_folder.Path, "far.yaml");
        await File.WriteAllTextAsync(file, Manifest, TestContext.Current.CancellationToken);
        CommandResult applied = await _platform.RunAsync("apply", "-f", file);
        Assert.True(applied.ExitCode == 0, applied.Error);
        await SleepsAsync();

        // The first request is held there, and wakes the service here, although this platform's own gateway sees none.
        using var client = new HttpClient { BaseAddress = gateway.Address, Timeout = Deadline };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _platform.ApiKey);
        var held = Stopwatch.StartNew();
        await AnswersAsync(client);
        TestContext.Current.TestOutputHelper?.WriteLine($"the first request was held and answered in {held.Elapsed.TotalSeconds:0.0} s");

        // Requests there keep it awake for longer than its idle time.
        using var stop = new CancellationTokenSource();
        Task requests = RequestsAsync(client, stop.Token);
        string replica = await ReplicaAsync();
        await Task.Delay(TimeSpan.FromSeconds(12), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(replica, await ReplicaAsync());
        Assert.Equal("True", (string?)(await ScalingActiveAsync())["status"]);
        await stop.CancelAsync();
        await requests;

        // It hangs: nobody knows whether requests are there, which is said, and no replica is taken away.
        await SignalAsync(gateway, "STOP");
        JsonNode stale = await Eventually.Get("that it is silent", Deadline, async () =>
            await ScalingActiveAsync() is { } active && (string?)active["reason"] == "SignalsStale" ? active : null);
        Assert.Contains($"gateway-{gateway.Address.Port} has said nothing", (string?)stale["message"], StringComparison.Ordinal);
        Assert.Contains("stays at 1", (string?)stale["message"], StringComparison.Ordinal);
        Assert.Equal(replica, await ReplicaAsync());

        // It speaks again, and there was no request.
        await SignalAsync(gateway, "CONT");
        await SleepsAsync();
        await AnswersAsync(client);
        Assert.Equal(0, await gateway.StopAsync());
        await SleepsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task AnswersAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync(
            "/v1/completions",
            new JsonObject { ["model"] = "far", ["prompt"] = "Once", ["max_tokens"] = 4 },
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task RequestsAsync(HttpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await AnswersAsync(client);
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task SignalAsync(GatewayProcess gateway, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", gateway.Pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private Task SleepsAsync() => Eventually.True("it sleeps", Deadline, async () =>
    {
        JsonNode? status = (await ServiceAsync())["status"];
        return ((int?)status?["scaling"]?["desired"], (int?)status?["replicas"]) == (0, 0);
    });

    private async Task<string> ReplicaAsync() =>
        ReleasedService.Name(Assert.Single(await _platform.ListAsync("modelreplicas")));

    private async Task<JsonObject> ServiceAsync() => Assert.Single(await _platform.ListAsync("modelservices"));

    private async Task<JsonNode> ScalingActiveAsync() => (await ServiceAsync())["status"]!["conditions"]!.AsArray()
        .Single(static condition => (string?)condition!["type"] == "ScalingActive")!;
}
