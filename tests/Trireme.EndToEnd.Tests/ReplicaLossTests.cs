using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Replicas die or are replaced under load, and clients do not notice.</summary>
public sealed class ReplicaLossTests(PlatformFixture fixture)
{
    /// <summary>Each death doubles the wait before a replica is started again, so that more would measure that wait.</summary>
    private const int MostKills = 10;

    private static readonly TimeSpan RecoveryTimeout = TimeSpan.FromSeconds(60);

    private PlatformProcess Platform => fixture.Platform;

    [Fact]
    public async Task Killing_replicas_fails_no_request_that_had_not_received_a_byte()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(Platform, requestsPerSecond: 5);
        for (int round = 0; round < Math.Min(Rounds.Count, MostKills); round++)
        {
            IReadOnlyList<JsonObject> ready = await ReadyAsync(2);
            int pid = (int)ready[round % ready.Count]["status"]!["process"]!["pid"]!;
            Kill(pid);
            await Eventually.True($"round {round}: two ready replicas without process {pid}", RecoveryTimeout, async () =>
            {
                IReadOnlyList<JsonObject> now = await ReplicasAsync();
                return now.Count(IsReady) == 2 && now.All(replica => (int?)replica["status"]?["process"]?["pid"] != pid);
            });
        }

        JsonObject report = await load.StopAsync();
        Assert.True((int)report["succeeded"]! > 0, report.ToJsonString());
        Assert.True((int)report["failed"]! == 0, report.ToJsonString());
    }

    [Fact]
    public async Task Rolling_replacement_cuts_no_stream()
    {
        await using BackgroundLoad load = BackgroundLoad.Start(Platform, requestsPerSecond: 5);
        for (int round = 0; round < Rounds.Count; round++)
        {
            HashSet<string> before = [.. (await ReadyAsync(2)).Select(Name)];
            CommandResult result = await Platform.RunAsync("rollout", "restart", "tiny", "--timeout", "60s");
            Assert.True(result.ExitCode == 0, result.Error);
            IReadOnlyList<JsonObject> after = await ReadyAsync(2);
            Assert.DoesNotContain(after, replica => before.Contains(Name(replica)));
        }

        JsonObject report = await load.StopAsync();
        Assert.True((int)report["succeeded"]! > 0, report.ToJsonString());
        Assert.True((int)report["failed"]! == 0 && (int)report["cut"]! == 0, report.ToJsonString());
    }

    private static string Name(JsonObject replica) => (string)replica["metadata"]!["name"]!;

    private static bool IsReady(JsonObject replica) =>
        (string?)replica["status"]?["phase"] == "Ready" && replica["metadata"]!["deletionTimestamp"] is null;

    private static void Kill(int pid)
    {
        using Process process = Process.Start("kill", ["-KILL", pid.ToString(CultureInfo.InvariantCulture)]);
        process.WaitForExit();
    }

    private async Task<IReadOnlyList<JsonObject>> ReplicasAsync() =>
        [.. (await Platform.ListAsync("modelreplicas")).Where(replica => (string?)replica["spec"]!["service"] == "tiny")];

    /// <summary>Exactly this many replicas, all ready.</summary>
    private Task<IReadOnlyList<JsonObject>> ReadyAsync(int count) =>
        Eventually.Get<IReadOnlyList<JsonObject>>($"{count} ready replicas", RecoveryTimeout, async () =>
        {
            IReadOnlyList<JsonObject> replicas = await ReplicasAsync();
            return replicas.Count == count && replicas.All(IsReady) ? replicas : null;
        });
}
