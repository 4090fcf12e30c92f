using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// A fleet rollout over three services with real workers, on a platform of its own that is killed on the way: each service is ordered
/// once and in its wave, and the first gate that fails leaves the rest as it was.
/// </summary>
[Trait("Kind", "Waiting")]
public sealed class FleetRolloutTests : IAsyncLifetime
{
    private const string Group = "apis/trireme.dev/v1alpha1/namespaces/default/";
    private const string Ungated = "{steps: []}";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private static readonly string[] Names = ["f0", "f1", "f2"];

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path, "--no-samples");

    [Fact]
    public async Task Waves_reach_their_end_over_a_killed_platform_and_stop_at_the_first_failed_gate()
    {
        await ApplyAsync(Release("v1", "tiny"), Release("v2", "tiny", ", engine: {maxSequences: 8}"), Release("broken", "tiny-broken"));
        await ApplyAsync([.. Names.Select(static name => Service(name, "v1", Ungated))]);
        await ServedByAsync("v1", Names);

        // Killed in the moment of an order, before anybody has noted that it was given: once in each wave.
        await CreateAsync(Rollout("to-v2", "v2", "[{percent: 1, pause: 1s}]"));
        await KillOnceOrderedAsync("f0", "v2");
        await KillOnceOrderedAsync("f1", "v2", "v2");
        await WavesAsync(0, "to-v2");
        await ServedByAsync("v2", Names);
        JsonNode completed = await StatusAsync("to-v2");
        Assert.Equal(("Completed", 3, 0), ((string?)completed["phase"], (int)completed["moved"]!, (int?)completed["failed"] ?? 0));
        Assert.Equal([1, 2, 2], completed["services"]!.AsArray().Select(static member => (int)member!["wave"]!));
        Assert.All(await GenerationsAsync(), static generation => Assert.Equal(2, generation));
        Assert.DoesNotContain(await SaidOrdersAsync(), static said => said > 1);

        // The first service has no gate and moves; the second one's holds up what predicts its texts worse.
        string gated = Gated();
        await ApplyAsync(Service("f1", "v2", gated), Service("f2", "v2", gated));
        long[] before = await GenerationsAsync();
        const string Waves = "[{percent: 1, pause: 0s}, {percent: 40, pause: 0s}]";
        await ApplyAsync(Rollout("to-broken", "broken", Waves));
        await WavesAsync(1, "to-broken");
        JsonNode stopped = await StatusAsync("to-broken");
        Assert.Equal("Stopped", (string?)stopped["phase"]);
        Assert.Equal(
            ["Moved", "Failed", "Pending"], stopped["services"]!.AsArray().Select(static member => (string?)member!["outcome"]));
        JsonNode condition = Assert.Single(stopped["conditions"]!.AsArray())!;
        Assert.Equal(("False", "ServiceFailed"), ((string?)condition["status"], (string?)condition["reason"]));
        Assert.Contains("quality", (string?)condition["message"], StringComparison.OrdinalIgnoreCase);
        await ServedByAsync("broken", "f0");
        await ServedByAsync("v2", "f1", "f2");
        Assert.Equal([before[0] + 1, before[1] + 1, before[2]], await GenerationsAsync());

        // A person's word takes back what has moved, also of the service that went back by itself.
        await ApplyAsync(Rollout("to-broken", "broken", Waves, undo: "true"));
        await WavesAsync(0, "to-broken");
        Assert.Equal("Undone", (string?)(await StatusAsync("to-broken"))["phase"]);
        await ServedByAsync("v2", Names);
        Assert.Equal(["v2", "v2", "v2"], (await ServicesAsync()).Select(static service => (string?)service["spec"]!["release"]));
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private static string Release(string name, string model, string more = "") =>
        $"apiVersion: trireme.dev/v1alpha1\nkind: Release\nmetadata: {{name: {name}}}\nspec: {{source: {{path: models/{model}}}{more}}}";

    private static string Service(string name, string release, string rollout) =>
        $$"""
        apiVersion: trireme.dev/v1alpha1
        kind: ModelService
        metadata:
          name: {{name}}
          labels: {tier: chat}
        spec:
          release: {{release}}
          resources: {memory: 64Mi, threads: 1}
          rollout: {{rollout}}
        """;

    private static string Rollout(string name, string release, string waves, string undo = "false") =>
        $$"""
        apiVersion: trireme.dev/v1alpha1
        kind: FleetRollout
        metadata: {name: {{name}}}
        spec:
          selector:
            matchLabels: {tier: chat}
          release: {{release}}
          waves: {{waves}}
          maxMoving: 1
          undo: {{undo}}
        """;

    /// <summary>Half of the traffic for long, and the sample's texts, which need no request to be asked.</summary>
    private static string Gated()
    {
        JsonObject sample = YamlJson.Parse(File.ReadAllText(Repository.PathOf("samples", "rollout-broken.yaml")))[1].AsObject();
        JsonNode rollout = sample["spec"]!["rollout"]!;
        rollout["steps"] = new JsonArray(new JsonObject { ["weight"] = 50, ["minDuration"] = "1s", ["maxDuration"] = "10m" });
        return rollout.ToJsonString();
    }

    private async Task ApplyAsync(params string[] objects)
    {
        string path = Path.Combine(_platform.DataFolder, "fleet.yaml");
        await File.WriteAllTextAsync(path, string.Join("\n---\n", objects));
        CommandResult result = await _platform.RunAsync("apply", "-f", path);
        Assert.True(result.ExitCode == 0, $"{result.Output} {result.Error}");
    }

    /// <summary>Without the time that a program takes to end.</summary>
    private async Task CreateAsync(string rollout)
    {
        using HttpClient api = KubernetesApi.CreateClient(_platform.Kubeconfig);
        using var content = new StringContent(YamlJson.Parse(rollout)[0].ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage created = await api.PostAsync(Group + "fleetrollouts", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
    }

    /// <summary>Kills the platform as soon as a service names its new release, and starts it again.</summary>
    /// <param name="name">The service.</param>
    /// <param name="releases">What it and those before it name then.</param>
    private async Task KillOnceOrderedAsync(string name, params string[] releases)
    {
        using HttpClient api = KubernetesApi.CreateClient(_platform.Kubeconfig);
        int index = Array.IndexOf(Names, name);
        long begun = TimeProvider.System.GetTimestamp();
        string?[] named;
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Deadline, $"{name} is not ordered: {await SaidAsync("to-v2")}");
            string list = await api.GetStringAsync(Group + "modelservices", TestContext.Current.CancellationToken);
            named = [.. JsonNode.Parse(list)!["items"]!.AsArray().Select(static service => (string?)service!["spec"]!["release"])];
        }
        while (named[index] != releases[index]);

        await _platform.KillAsync();

        // Those behind it may have had their turn by now: a machine that is busy answers late.
        Assert.Equal(releases, named[..(index + 1)]);
        await _platform.StartAsync(untilReady: false);
    }

    private async Task WavesAsync(int exitCode, string rollout)
    {
        CommandResult followed = await _platform.RunAsync("rollout", "waves", rollout, "--watch", "--timeout", "2m");
        Assert.True(followed.ExitCode == exitCode, $"{rollout}: {followed.ExitCode}: {followed.Output} {followed.Error}");
    }

    private async Task<IReadOnlyList<JsonObject>> ServicesAsync() => await _platform.ListAsync("modelservices");

    /// <summary>How often each one's spec was written.</summary>
    private async Task<long[]> GenerationsAsync() =>
        [.. (await ServicesAsync()).Select(static service => (long)service["metadata"]!["generation"]!)];

    private Task ServedByAsync(string release, params string[] names) => Eventually.True($"{release} serves alone", Deadline, async () =>
        (await ServicesAsync()).Where(service => names.Contains(ReleasedService.Name(service))).All(service =>
            (string?)service["status"]?["stableRelease"]?["name"] == release
            && ((int?)service["status"]!["readyReplicas"], (int?)service["status"]!["replicas"]) == (1, 1)));

    private async Task<JsonNode> StatusAsync(string rollout) =>
        (await _platform.ListAsync("fleetrollouts")).Single(one => ReleasedService.Name(one) == rollout)["status"]!;

    private async Task<string> SaidAsync(string rollout) => (await StatusAsync(rollout))["conditions"]?.ToJsonString() ?? "nothing";

    /// <summary>How often it was said of each that it was ordered; what was said in the moment of a crash may be lost.</summary>
    private async Task<int[]> SaidOrdersAsync()
    {
        JsonObject[] orders =
            [.. (await _platform.ListAsync("events")).Where(static one => (string?)one["reason"] == "FleetRolloutOrdered")];
        return [.. Names.Select(name => orders
            .Where(order => (string?)order["involvedObject"]!["name"] == name)
            .Sum(static order => (int?)order["count"] ?? 1))];
    }
}
