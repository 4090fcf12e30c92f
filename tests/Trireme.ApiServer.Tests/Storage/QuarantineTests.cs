using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>One stored object that cannot be read is named and left out; everything else is served.</summary>
public sealed class QuarantineTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Damages { get; } = new()
    {
        { "document = X'7B22'", "not readable" },
        { "document = X''", "not readable" },
        { "document = X'7B22612220'", "not readable" },
        { "document = CAST('[1]' AS BLOB)", "not an object" },
        { "document = CAST('null' AS BLOB)", "not an object" },
        { "document = X'7B2261223AFFFE7D'", "not UTF-8" },
        { "document = 'text'", "not stored as JSON" },
        { "document = 7", "not stored as JSON" },
        { "document = CAST('{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{}}' AS BLOB)", "calls itself v1 Secret" },
        { "document = CAST('{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\"}' AS BLOB)", "no metadata" },
        { "document = CAST(replace(CAST(document AS TEXT), '\"bad\"', '\"other\"') AS BLOB)", "not that of its row" },
        { "document = CAST(replace(CAST(document AS TEXT), '\"data\":{', '\"data\":{\"x\":{},') AS BLOB)", "not readable" },
        { "document = CAST('" + Nested(70) + "' AS BLOB)", "not readable" },
        { "resource = 'songs'", "does not know its kind" },
        { "uid = 'another'", "not that of its row" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task One_bad_object_is_named_and_counted_and_the_rest_is_served(string damage, string reason)
    {
        using var folder = new TemporaryFolder();
        await FillAsync(folder);
        Damage(folder, $"UPDATE objects SET {damage} WHERE name = 'bad'");

        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        JsonObject list = await api.GetAsync(ConfigMaps("default"));
        Assert.Equal(["a", "z"], list["items"]!.AsArray().Select(item => (string?)item!["metadata"]!["name"]));
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "timeoutSeconds=60");
        Assert.Equal("ADDED a", await watch.NextNameAsync());
        Assert.Equal("ADDED z", await watch.NextNameAsync());
        Assert.Contains("trireme_apiserver_quarantined_objects 1\n", server.Metrics.ToText(), StringComparison.Ordinal);

        (int code, string ready, _) = await api.SendTextAsync(HttpMethod.Get, "/readyz?verbose", null);
        Assert.Equal(200, code);
        Assert.Contains("[+]objects ok: 1 stored object cannot be read", ready, StringComparison.Ordinal);
        Assert.DoesNotContain("bad", ready, StringComparison.Ordinal);
        if (reason == "does not know its kind") return;

        JsonObject status = await api.GetAsync(ConfigMaps("default", "bad"), expect: 500);
        Assert.Equal("StorageReadError", (string?)status["reason"]);
        Assert.Contains(reason, status.Message(), StringComparison.Ordinal);
        await api.PostAsync(ConfigMaps("default"), ConfigMap("bad"), expect: 409);
        await api.MergeAsync(ConfigMaps("default", "bad"), Parse("""{"data":{"a":"b"}}"""), expect: 500);
        await api.DeleteAsync(ConfigMaps("default", "bad"), expect: 500);
    }

    [Fact]
    public async Task A_bad_object_is_removed_where_that_is_said_and_its_name_is_free_again()
    {
        using var folder = new TemporaryFolder();
        await FillAsync(folder);
        Damage(folder, "UPDATE objects SET document = X'7B22' WHERE name = 'bad'");
        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        string revision = (await api.GetAsync(ConfigMaps("default"))).Version();
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), $"resourceVersion={revision}");

        await api.DeleteAsync(ConfigMaps("default", "bad") + "?ignoreStoreReadErrorWithClusterBreakingPotential=true");
        Assert.Equal("DELETED bad", await watch.NextNameAsync());
        await api.GetAsync(ConfigMaps("default", "bad"), expect: 404);
        await api.PostAsync(ConfigMaps("default"), ConfigMap("bad"));
        Assert.Equal("ADDED bad", await watch.NextNameAsync());
        Assert.Contains("trireme_apiserver_quarantined_objects 0\n", server.Metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_bad_object_owns_is_not_collected()
    {
        using var folder = new TemporaryFolder();
        await using (EmbeddedApiServer server = await StartAsync(folder))
        {
            using var api = new Api(server.CreateClient());
            JsonObject owner = await api.PostAsync(ConfigMaps("default"), ConfigMap("bad"));
            JsonObject owned = ConfigMap("owned").With("ownerReferences", new JsonArray(new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["name"] = "bad",
                ["uid"] = (string?)owner["metadata"]!["uid"],
            }));
            await api.PostAsync(ConfigMaps("default"), owned);
        }

        Damage(folder, "UPDATE objects SET document = X'7B22' WHERE name = 'bad'");
        await using EmbeddedApiServer again = await StartAsync(folder);
        using var client = new Api(again.CreateClient());

        // The collector has looked at everything once it has collected what was there before an orphan made now.
        await client.PostAsync(ConfigMaps("default"), ConfigMap("orphan").With("ownerReferences", new JsonArray(new JsonObject
        {
            ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "nobody", ["uid"] = Guid.NewGuid().ToString(),
        })));
        await Eventually.True("the orphan is collected", TimeSpan.FromSeconds(20), async () =>
        {
            (int code, _, _) = await client.SendTextAsync(HttpMethod.Get, ConfigMaps("default", "orphan"), null);
            return code == 404;
        }, Cancelled);
        await client.GetAsync(ConfigMaps("default", "owned"));
    }

    [Fact]
    public async Task A_history_that_cannot_be_read_is_dropped_and_watches_list_again()
    {
        using var folder = new TemporaryFolder();
        await FillAsync(folder);
        Damage(folder, "UPDATE changes SET previous = X'7B22' WHERE revision = (SELECT MAX(revision) FROM changes)");
        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        await using WatchClient watch = await WatchClient.StartAsync(api, ConfigMaps("default"), "resourceVersion=3");
        Assert.Equal(410, (int)(await watch.NextAsync())!["object"]!["code"]!);
        Assert.Equal(3, (await api.GetAsync(ConfigMaps("default")))["items"]!.AsArray().Count);
    }

    private static async Task FillAsync(TemporaryFolder folder)
    {
        await using EmbeddedApiServer server = await StartAsync(folder);
        using var api = new Api(server.CreateClient());
        foreach (string name in (string[])["a", "bad", "z"]) await api.PostAsync(ConfigMaps("default"), ConfigMap(name, ("k", "v")));
    }

    private static Task<EmbeddedApiServer> StartAsync(TemporaryFolder folder) =>
        EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = folder.Path }, Cancelled);

    private static void Damage(TemporaryFolder folder, string sql)
    {
        using SqliteConnection connection = FirstLayout.Open(folder.File("objects.db"));
        FirstLayout.Scalar(connection, sql);
    }

    private static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
}
