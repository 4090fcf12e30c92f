using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Another user of the machine neither reads what a platform keeps nor orders its replicas about.</summary>
public sealed class OwnerOnlyTests : IAsyncLifetime
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>On a folder that was made by hand, with a lock of an older version.</summary>
    public async ValueTask InitializeAsync()
    {
        string data = _folder.File("data");
        const UnixFileMode open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode enter = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(data);
        File.SetUnixFileMode(data, open | enter);
        await File.WriteAllTextAsync(Path.Combine(data, "platform.lock"), "", Cancel);
        File.SetUnixFileMode(Path.Combine(data, "platform.lock"), open);
        _platform = await PlatformProcess.StartAsync(data);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nothing_in_the_data_folder_has_a_bit_for_group_or_others_after_a_request_was_served()
    {
        await CompleteAsync();
        Assert.Contains("could be looked into by other users (mode 0755)", _platform.Output, StringComparison.Ordinal);
        string root = _platform.DataFolder;
        string[] entries = [root, .. Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)];
        Assert.True(entries.Length > 30, $"{entries.Length} entries");
        Assert.Contains(entries, entry => entry.EndsWith("/worker.key", StringComparison.Ordinal));
        foreach (string entry in entries)
        {
            if (!File.Exists(entry) && !Directory.Exists(entry)) continue;
            UnixFileMode mode = File.GetUnixFileMode(entry);
            Assert.True((mode & Others) == 0, $"{entry} has mode {Convert.ToString((int)mode, 8)}");
        }
    }

    [Fact]
    public async Task Strangers_orders_reach_no_replica_and_the_platforms_parts_go_on()
    {
        using var stranger = new HttpClient();
        IReadOnlyList<JsonObject> replicas = await _platform.ListAsync("modelreplicas");
        Assert.NotEmpty(replicas);
        foreach (JsonObject replica in replicas)
        {
            var endpoint = new Uri((string)replica["status"]!["endpoint"]!);
            foreach (string path in (string[])["/sleep?level=2", "/v1/completions", "/wake_up", "/detokenize"])
            {
                using HttpResponseMessage answer = await stranger.PostAsync(new Uri(endpoint, path), null, Cancel);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            }

            foreach (string path in (string[])["/health", "/metrics", "/v1/models", "/kv_events"])
            {
                using HttpResponseMessage answer = await stranger.GetAsync(new Uri(endpoint, path), Cancel);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            }

            // The key stays in the file: nothing that the API shows holds it.
            Assert.DoesNotContain(_platform.KeyOf(replica), replica.ToJsonString(), StringComparison.Ordinal);
        }

        await CompleteAsync();
        using HttpClient queries = _platform.CreateTelemetryClient();
        await Eventually.True("every replica is scraped", TimeSpan.FromSeconds(30), async () =>
        {
            JsonNode answer = JsonNode.Parse(await queries.GetStringAsync(
                new Uri("/api/v1/query?query=" + Uri.EscapeDataString("sum(up{job=\"replica\"})"), UriKind.Relative), Cancel))!;
            return answer["data"]!["result"]!.AsArray() is [var series] && (string)series!["value"]![1]! == $"{replicas.Count}";
        });
    }

    [Fact]
    public async Task A_replica_that_is_put_to_sleep_with_its_key_costs_no_request_and_is_woken()
    {
        JsonObject replica = (await _platform.ListAsync("modelreplicas"))[0];
        string name = (string)replica["metadata"]!["name"]!;
        using HttpClient holder = _platform.CreateReplicaClient(replica);
        using HttpResponseMessage slept = await holder.PostAsync(new Uri("/sleep?level=1", UriKind.Relative), null, Cancel);
        Assert.Equal(HttpStatusCode.OK, slept.StatusCode);
        for (int i = 0; i < 6; i++) await CompleteAsync();
        await Eventually.True($"an event tells that {name} was put to sleep", TimeSpan.FromSeconds(30), async () =>
            (await _platform.ListAsync("events")).Any(news =>
                (string?)news["involvedObject"]?["name"] == name && (string?)news["reason"] == "PutToSleep"));
        await PhaseAsync(name, "Ready");
        using HttpResponseMessage health = await holder.GetAsync(new Uri("/health", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    private Task PhaseAsync(string name, string phase) => Eventually.True(
        $"{name} is {phase}", TimeSpan.FromSeconds(30), async () =>
            (await _platform.ListAsync("modelreplicas")).Any(replica =>
                (string?)replica["metadata"]!["name"] == name && (string?)replica["status"]?["phase"] == phase));

    private async Task CompleteAsync()
    {
        using HttpClient client = _platform.CreateClient();
        using var body = new StringContent("""{"model":"tiny","prompt":"Once","max_tokens":2}""", null, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("completions", UriKind.Relative), body, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
