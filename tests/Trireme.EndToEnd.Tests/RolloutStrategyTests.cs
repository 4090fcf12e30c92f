using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// Every strategy but the canary on real replicas under load, from one release to the other and back, on a platform of its own. Whatever
/// the way, no client's request fails and none is cut.
/// </summary>
[Trait("Kind", "Waiting")]
public sealed class RolloutStrategyTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path);

    [Fact]
    public async Task A_service_moves_by_each_strategy_without_an_error_for_any_client()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(_platform, requestsPerSecond: 8);

        // Copies of everything, for nobody to see; what they prove in so short a time is not waited for.
        await ApplyAsync(
            "tiny-v2",
            "{strategy: Shadow, onInconclusive: Promote, shadow: {percent: 100, minDuration: 1s, maxDuration: 15s, then: Promote}}");
        JsonNode copied = await StatusAsync("copies go to tiny-v2", static status => Traffic(status, "tiny-v2", "shadow") == 100);
        Assert.Equal(0, Traffic(copied, "tiny-v2", "weight"));
        await ServedByAsync("tiny-v2");
        Assert.Contains("It answered copies of requests", (await RunAsync("rollout", "history", "tiny")).Output);
        Assert.True(await CountAsync("trireme_gateway_shadow_requests_total{release=\"tiny-v2\",code=\"200\"}") > 0);

        // All at once, and back in one step; then all at once, and the old one goes.
        await ApplyAsync("tiny-v1", "{strategy: BlueGreen, blueGreen: {keepOld: 10m}}");
        await StatusAsync("all traffic is on tiny-v1", static status => Traffic(status, "tiny-v1", "weight") == 100);
        await RunAsync("rollout", "undo", "tiny");
        JsonNode undone = await StatusAsync("all traffic is back", static status => Traffic(status, "tiny-v2", "weight") == 100);
        Assert.Equal("tiny-v2", (string?)undone["stableRelease"]!["name"]);
        await ApplyAsync("tiny-v1", "{strategy: BlueGreen, blueGreen: {keepOld: 3s}}");
        await ServedByAsync("tiny-v1");

        // Replica by replica in two places.
        await ApplyAsync("tiny-v2", "{strategy: InPlace, inPlace: {minDuration: 1s}}");
        await ServedByAsync("tiny-v2", placesMax: 2);

        // One after the other; requests wait in between.
        await ApplyAsync("tiny-v1", "{strategy: Recreate}");
        await ServedByAsync("tiny-v1", placesMax: 2);

        JsonObject report = await load.StopAsync();
        Assert.True((int)report["failed"]! == 0 && (int)report["cut"]! == 0, report.ToJsonString());
        Assert.Equal(2, report["releases"]!.AsObject().Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private static int? Traffic(JsonNode status, string release, string field) =>
        (int?)status["traffic"]!.AsArray().FirstOrDefault(part => (string?)part!["name"] == release)?[field];

    private async Task ApplyAsync(string release, string rollout)
    {
        string manifest = Path.Combine(_platform.DataFolder, "strategy.yaml");
        await File.WriteAllTextAsync(
            manifest,
            $$$"""
            apiVersion: trireme.dev/v1alpha1
            kind: Release
            metadata: {name: tiny-v2}
            spec: {source: {path: models/tiny}, engine: {maxSequences: 8}}
            ---
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata: {name: tiny}
            spec:
              release: {{{release}}}
              replicas: 2
              resources: {memory: 512Mi, threads: 1}
              rollout: {{{rollout}}}
            """);
        await RunAsync("apply", "-f", manifest);
    }

    private async Task<CommandResult> RunAsync(params string[] arguments)
    {
        CommandResult result = await _platform.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.ExitCode}: {result.Output} {result.Error}");
        return result;
    }

    private async Task<JsonNode> StatusAsync() => (await _platform.ListAsync("modelservices")).Single()["status"]!;

    private Task<JsonNode> StatusAsync(string what, Func<JsonNode, bool> holds) => Eventually.Get(what, Deadline, async () =>
    {
        JsonNode status = await StatusAsync();
        return holds(status) ? status : null;
    });

    /// <summary>Waits until a release serves alone with two replicas.</summary>
    /// <param name="release">The release.</param>
    /// <param name="placesMax">Most replicas that there may be on the way, those that drain included.</param>
    private async Task ServedByAsync(string release, int placesMax = 4) =>
        await StatusAsync($"{release} serves alone", status =>
        {
            int replicas = (int?)status["replicas"] ?? 0;
            Assert.True(replicas <= placesMax, $"{replicas} replicas in {placesMax} places");
            return (string?)status["stableRelease"]?["name"] == release
                && (replicas, (int?)status["readyReplicas"], (int?)status["traffic"]?.AsArray().Count) == (2, 2, 1);
        });

    private async Task<double> CountAsync(string query)
    {
        using HttpClient client = _platform.CreateTelemetryClient();
        string answer = await client.GetStringAsync(new Uri($"api/v1/query?query=sum({Uri.EscapeDataString(query)})", UriKind.Relative));
        JsonArray result = JsonNode.Parse(answer)!["data"]!["result"]!.AsArray();
        return result.Count == 0
            ? 0
            : double.Parse((string)result[0]!["value"]![1]!, System.Globalization.CultureInfo.InvariantCulture);
    }
}
