using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>The sample rollouts under load, on a platform of their own because they change what serves.</summary>
[Trait("Kind", "Waiting")]
public sealed class RolloutTests : IAsyncLifetime
{
    private static readonly TimeSpan RolloutTimeout = TimeSpan.FromMinutes(7);

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path);

    [Fact]
    public async Task A_broken_release_is_rolled_back_without_an_error_for_any_client()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(_platform, requestsPerSecond: 12);
        JsonObject broken = await RolloutAsync("rollout-broken.yaml", "tiny-broken", "RolledBack");
        Assert.Equal("tiny-v1", (string?)broken["status"]!["stableRelease"]!["name"]);
        JsonNode condition = broken["status"]!["conditions"]!.AsArray().Single(c => (string?)c!["type"] == "RolledOut")!;
        Assert.Equal("False", (string?)condition["status"]);
        Assert.Contains("quality", (string?)condition["message"], StringComparison.OrdinalIgnoreCase);

        Assert.Equal(0, (await _platform.RunAsync("rollout", "undo", "tiny")).ExitCode);
        await Eventually.True("an event says who went back", RolloutTimeout, async () =>
            (await RunAsync(0, "describe", "modelservice", "tiny")).Output.Contains("UndoOrdered", StringComparison.Ordinal));
        string status = (await RunAsync(0, "rollout", "status", "tiny")).Output;
        Assert.Contains("rolled back", status);
        Assert.DoesNotContain("called off", status);

        // The quality probe may turn it back before a single client was sent to it.
        await AssertNoClientSawAnErrorAsync(load, "tiny-v1@");
    }

    [Fact]
    public async Task A_better_release_goes_through_its_steps_to_promoted_without_an_error_for_any_client()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(_platform, requestsPerSecond: 12);
        JsonObject better = await RolloutAsync("rollout-better.yaml", "tiny-v2", "Promoted");
        Assert.Equal("tiny-v2", (string?)better["status"]!["stableRelease"]!["name"]);
        JsonArray steps = better["status"]!["rollout"]!["plan"]!["steps"]!.AsArray();
        Assert.Equal(["10", "50"], steps.Select(step => step!["weight"]!.ToJsonString()));

        string difference = (await RunAsync(0, "release", "diff", "tiny-v1", "tiny-v2")).Output;
        Assert.Matches(@"weights +model\.safetensors +sha256:\w{12} to", difference);
        Assert.Matches(@"Content \w{12} became \w{12}\.", difference);

        // Back at once, whole and unjudged, and the same manifest again without a conflict.
        await RunAsync(0, "rollout", "undo", "tiny");
        await RunAsync(0, "rollout", "status", "tiny", "--watch", "--timeout", "2m");
        JsonNode undone = (await _platform.ListAsync("modelservices")).Single()["status"]!;
        Assert.Equal(("tiny-v1", "Undo"), ((string?)undone["stableRelease"]!["name"], (string?)undone["rollout"]!["order"]));
        Assert.Equal(100, (int)Assert.Single(undone["traffic"]!.AsArray())!["weight"]!);
        Assert.Contains("undo by a person, serves", (await RunAsync(0, "rollout", "history", "tiny")).Output);
        CommandResult again = await RunAsync(0, "apply", "-f", Repository.PathOf("samples", "rollout-better.yaml"));
        Assert.Contains("spec.release was set by \"trireme rollout undo\"; the manifest counts again", again.Error);
        Assert.Contains("tiny-v9 does not exist;", (await RunAsync(3, "rollout", "undo", "tiny", "--to", "tiny-v9")).Error);
        await RunAsync(0, "rollout", "undo", "tiny");
        if (CommandResult.Exists("kubectl"))
        {
            CommandResult scaled = await _platform.KubectlAsync("scale", "modelservice/tiny", "--replicas=3");
            Assert.True(scaled.ExitCode == 0, scaled.Error);
            string manifest = Repository.PathOf("samples", "rollout-better.yaml");
            string refused = (await RunAsync(1, "apply", "-f", manifest)).Error;
            Assert.Contains("spec.replicas is owned by \"kubectl\"", refused);
            Assert.DoesNotContain("trireme-rollout-undo", refused);
            await RunAsync(0, "apply", "--force-conflicts", "-f", manifest);
            await RunAsync(0, "rollout", "undo", "tiny");
        }

        if (CommandResult.Exists("kubectl")) await KubectlAppliesAfterAnUndoAsync(Repository.PathOf("samples", "rollout-better.yaml"));
        await AssertNoClientSawAnErrorAsync(load, "tiny-v2@");
    }

    /// <summary>By each way of applying, the file either counts again or the refusal names the undo and what to do.</summary>
    private async Task KubectlAppliesAfterAnUndoAsync(string manifest)
    {
        CommandResult refused = await _platform.KubectlAsync("apply", "--server-side", "-f", manifest);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("conflict with \"trireme-rollout-undo\" using trireme.dev/v1alpha1: .spec.release", refused.Error);
        Assert.Contains("--force-conflicts", refused.Error);
        Assert.Equal("tiny-v1", await WantedAsync());
        foreach (string[] way in (string[][])[["apply"], ["apply", "--server-side", "--force-conflicts"]])
        {
            CommandResult applied = await _platform.KubectlAsync([.. way, "-f", manifest]);
            Assert.True(applied.ExitCode == 0, applied.Error);
            Assert.Equal("tiny-v2", await WantedAsync());
            await RunAsync(0, "rollout", "undo", "tiny");
            Assert.Equal("tiny-v1", await WantedAsync());
        }
    }

    private async Task<string?> WantedAsync() => (string?)(await _platform.ListAsync("modelservices")).Single()["spec"]!["release"];

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task AssertNoClientSawAnErrorAsync(BackgroundLoad load, string release)
    {
        JsonObject report = await load.StopAsync();
        Assert.True((int)report["failed"]! == 0 && (int)report["cut"]! == 0, report.ToJsonString());
        Assert.Contains(report["releases"]!.AsObject(), answered => answered.Key.StartsWith(release, StringComparison.Ordinal));
    }

    private async Task<CommandResult> RunAsync(int exitCode, params string[] arguments)
    {
        CommandResult result = await _platform.RunAsync(arguments);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)}: {result.ExitCode}: {result.Output} {result.Error}");
        return result;
    }

    private async Task<JsonObject> RolloutAsync(string sample, string release, string phase)
    {
        JsonObject manifest = YamlJson.Parse(await File.ReadAllTextAsync(Repository.PathOf("samples", sample)))[0].AsObject();
        string model = (string)manifest["spec"]!["source"]!["path"]!;
        if (!Directory.Exists(Repository.PathOf("samples", model))) Assert.Skip($"samples/{model} is not there; train it first");

        CommandResult applied = await _platform.RunAsync("apply", "-f", Repository.PathOf("samples", sample));
        Assert.True(applied.ExitCode == 0, applied.Error);
        return await Eventually.Get($"{sample} to be {phase}", RolloutTimeout, async () =>
        {
            JsonObject service = (await _platform.ListAsync("modelservices")).Single();
            JsonNode? rollout = service["status"]?["rollout"];
            bool there = (string?)rollout?["to"]?["name"] == release && (string?)rollout["phase"] == phase;
            return there ? service : null;
        });
    }
}
