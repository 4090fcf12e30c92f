using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>Databases of older layouts, opened by this version.</summary>
public sealed class MigrationTests
{
    private const string Replicas = TriremeGroup + "/namespaces/default/modelreplicas";
    private const int Many = 6_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_of_the_first_layout_opens_and_serves_what_this_version_reads()
    {
        using var folder = new TemporaryFolder();
        FirstLayout.Write(folder.File("objects.db"), replicas: 3);
        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());

        JsonObject replica = await api.GetAsync(Replicas + "/tiny-1");
        using JsonDocument json = JsonDocument.Parse(replica.ToJsonString());
        Assert.Empty(ResourceValidator.Validate(ResourceCatalog.ModelReplicas, json.RootElement, out IResource? read));
        var typed = (ModelReplica)read!;
        Assert.Equal("/models/a b/tiny", typed.Spec.Model.LocalPath());
        Assert.Equal((ReplicaRuntimes.Process, 1), (typed.Status!.Runtime, typed.Status.Process!.Pid));
        Assert.Equal(FirstLayout.Uid(1), replica.Uid());
        Assert.Equal(1, (int)replica["metadata"]!["generation"]!);

        // The old versions are gone: who read them must read again, and each object has a version of its own.
        string[] versions = [.. (await api.GetAsync(Replicas))["items"]!.AsArray().Select(item => item!.AsObject().Version())];
        Assert.Equal(3, versions.Distinct().Count());
        Assert.All(versions, version => Assert.True(long.Parse(version, CultureInfo.InvariantCulture) > 5));
        JsonObject stale = replica.DeepClone().AsObject().With("resourceVersion", "4");
        await api.PutAsync(Replicas + "/tiny-1", stale, expect: 409);
        await api.PutAsync(Replicas + "/tiny-1", replica.With("labels", Parse("""{"a":"b"}""")));

        // Whoever owned the path owns the source, and no entry names a field that is gone.
        JsonObject spec = replica["metadata"]!["managedFields"]![0]!["fieldsV1"]!["f:spec"]!.AsObject();
        Assert.Equal("f:contentHash f:model f:release f:service", string.Join(' ', spec.Select(member => member.Key)));
        JsonObject untouched = await api.GetAsync(Services("default", "tiny"));
        Assert.Equal("2", untouched.Version());
    }

    [Theory]
    [InlineData("3")]
    [InlineData("5")]
    public async Task A_watch_from_before_is_told_to_list_again(string revision)
    {
        using var folder = new TemporaryFolder();
        FirstLayout.Write(folder.File("objects.db"), replicas: 3);
        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(api, Replicas, $"resourceVersion={revision}");
        JsonObject error = (await watch.NextAsync())!;
        Assert.Equal(410, (int)error["object"]!["code"]!);
        string listed = (await api.GetAsync(Replicas)).Version();
        await using WatchClient resumed = await WatchClient.StartAsync(api, Replicas, $"resourceVersion={listed}");
        await api.MergeAsync(Replicas + "/tiny-0", Parse("""{"metadata":{"labels":{"a":"b"}}}"""));
        Assert.Equal("MODIFIED tiny-0", await resumed.NextNameAsync());
    }

    [Fact]
    public async Task Owners_go_on_owning_what_was_migrated()
    {
        using var folder = new TemporaryFolder();
        FirstLayout.Write(folder.File("objects.db"), replicas: 2);
        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        await api.DeleteAsync(Services("default", "tiny"));
        await Eventually.True(
            "the replicas are being deleted",
            TimeSpan.FromSeconds(10),
            async () => (await api.GetAsync(Replicas))["items"]!.AsArray().All(item => item!["metadata"]!["deletionTimestamp"] is not null),
            Cancelled);
    }

    [Fact]
    public async Task What_was_stored_under_looser_rules_is_read_gets_its_status_and_may_not_become_worse()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        FirstLayout.Write(path, replicas: 3);
        using (SqliteConnection connection = FirstLayout.Open(path))
        {
            const string Loose = """
                "release":"tiny-v1","resources":{"memory":-1},"rollout":{"gates":{"qualityPrompts":[""]}}
                """;
            FirstLayout.Scalar(connection, $"""
                UPDATE objects SET document = CAST(replace(CAST(document AS TEXT), '"release":"tiny-v1"', '{Loose}') AS BLOB)
                WHERE resource = 'modelservices.trireme.dev'
                """);
        }

        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        string service = Services("default", "tiny");
        JsonObject stored = await api.GetAsync(service);
        Assert.Equal(-1, stored.Deserialize<ModelService>(ResourceJson.Options)!.Spec.Resources.Memory.Bytes);
        await api.MergeAsync(service + "/status", Parse("""{"status":{"readyReplicas":2}}"""));
        await api.MergeAsync(service, Parse("""{"metadata":{"finalizers":["trireme.dev/test"]},"spec":{"replicas":2}}"""));

        JsonObject refused = await api.MergeAsync(service, Parse("""{"spec":{"resources":{"memory":-2}}}"""), expect: 422);
        Assert.Contains("spec.resources.memory: -2 is too small", refused.Message(), StringComparison.Ordinal);
        Assert.DoesNotContain("qualityPrompts", refused.Message(), StringComparison.Ordinal);
        JsonNode worse = Parse("""{"spec":{"rollout":{"gates":{"qualityPrompts":["", ""]}}}}""");
        refused = await api.MergeAsync(service, worse, expect: 422);
        Assert.Contains("spec.rollout.gates.qualityPrompts[1]: must not be blank", refused.Message(), StringComparison.Ordinal);
        JsonNode mended = Parse("""{"spec":{"resources":{"memory":"1Gi"},"rollout":{"gates":{"qualityPrompts":[]}}}}""");
        await api.MergeAsync(service, mended);
        await api.MergeAsync(service, Parse("""{"spec":{"resources":{"memory":-1}}}"""), expect: 422);
    }

    [Fact]
    public async Task A_private_copy_of_the_old_database_stays_and_a_second_start_does_nothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        FirstLayout.Write(path, replicas: 3);
        MigrationReport report = StoreDatabase.Prepare(path)!;
        Assert.Equal((1, 3, path + ".layout-1.bak"), (report.From, report.Objects, report.Backup));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(report.Backup));
        Assert.Equal((1L, 3L), Layout(report.Backup));
        Assert.Equal((2L, 0L), Layout(path));
        Assert.Null(StoreDatabase.Prepare(path));
        await using EmbeddedApiServer server = await StartAsync(folder);
        Assert.Equal((2L, 0L), Layout(path));
    }

    [Fact]
    public void A_newer_layout_is_refused_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        StoreDatabase.Prepare(path);
        using (SqliteConnection connection = FirstLayout.Open(path)) FirstLayout.Scalar(connection, "PRAGMA user_version = 99");
        string message = Assert.Throws<InvalidDataException>(() => StoreDatabase.Prepare(path)).Message;
        Assert.Contains($"{path} has layout 99", message, StringComparison.Ordinal);
        Assert.Contains("Start the version that wrote it.", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_object_stays_as_it_is_and_the_rest_migrates()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        FirstLayout.Write(path, replicas: 3);
        using (SqliteConnection connection = FirstLayout.Open(path))
        {
            FirstLayout.Scalar(connection, "UPDATE objects SET document = X'7B22' WHERE name = 'tiny-2'");
        }

        var resources = new Trireme.ApiServer.Resources.ServedResources(ResourceCatalog.All);
        await using (ObjectStore store = ObjectStore.Open(path, resources, new ApiServerLimits()))
        {
            Assert.Equal("modelreplicas.trireme.dev/default/tiny-2", Assert.Single(store.Quarantine.Objects).ToString());
            Assert.Equal(2, store.List(new ListQuery(resources.Find("modelreplicas.trireme.dev")!, "")).Objects.Count);
        }

        Assert.Equal((2L, 0L), Layout(path));
        using SqliteConnection after = FirstLayout.Open(path);
        Assert.Equal([0x7B, 0x22], (byte[])FirstLayout.Scalar(after, "SELECT document FROM objects WHERE name = 'tiny-2'")!);
    }

    [Fact]
    public async Task A_death_in_the_middle_leaves_the_old_database_or_the_new_one()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        FirstLayout.Write(path, Many);
        int[] delays = [0, 20, 100];
        int midway = 0;
        foreach (int delay in delays)
        {
            File.Delete(path + ".layout-1.bak");
            using Process server = Process.Start(new ProcessStartInfo(
                Environment.ProcessPath!, [Program.ServeCommand, folder.Path, "0"]) { RedirectStandardOutput = true })!;
            // The copy gets its name just before the migration begins.
            await Eventually.True(
                "the migration begins",
                TimeSpan.FromSeconds(30),
                () => Task.FromResult(File.Exists(path + ".layout-1.bak") || server.HasExited),
                Cancelled);
            await Task.Delay(TimeSpan.FromMilliseconds(delay), TimeProvider.System, Cancelled);
            server.Kill();
            await server.WaitForExitAsync(Cancelled);
            (long layout, long old) = Layout(path);
            Assert.True((layout, old) is (1, Many) or (2, 0), $"layout {layout} with {old} objects of the old form");
            if (layout == 2) break;
            midway++;
        }

        Assert.True(midway > 0, "No kill met the migration.");
        await using EmbeddedApiServer last = await StartAsync(folder);
        Assert.Equal((2L, 0L), Layout(path));
    }

    private static Task<EmbeddedApiServer> StartAsync(TemporaryFolder folder) =>
        EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = folder.Path }, Cancelled);

    /// <summary>A database's layout and how many of its objects have the form of the first one.</summary>
    private static (long Layout, long Old) Layout(string path)
    {
        using SqliteConnection connection = FirstLayout.Open(path);
        Assert.Equal("ok", FirstLayout.Scalar(connection, "PRAGMA integrity_check"));
        return (
            (long)FirstLayout.Scalar(connection, "PRAGMA user_version")!,
            (long)FirstLayout.Scalar(connection, "SELECT COUNT(*) FROM objects WHERE instr(document, CAST('modelPath' AS BLOB)) > 0")!);
    }
}
