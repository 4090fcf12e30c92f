using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class TableTests(SharedServer shared)
{
    private const string Accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    private Api Api => shared.Api;

    [Fact]
    public async Task A_list_is_a_table_with_the_kinds_columns()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny", replicas: 2));
        await Api.MergeAsync(Services(ns, "tiny") + "/status", Parse("""
            {"status":{"readyReplicas":1,"conditions":[{"type":"RolledOut","status":"True","reason":"Promoted","message":"m"}]}}
            """));

        JsonObject table = await Api.GetAsync(Services(ns), accept: Accept);
        Assert.Equal("Table", (string?)table["kind"]);
        string[] names = [.. table["columnDefinitions"]!.AsArray().Select(column => (string)column!["name"]!)];
        Assert.Equal(["Name", "Release", "Serving", "Ready", "Wanted", "Rollout", "Message", "Age"], names);
        JsonNode row = table["rows"]![0]!;
        JsonArray cells = row["cells"]!.AsArray();
        Assert.Matches("^[0-9]+s$", (string?)cells[^1]);
        cells.RemoveAt(cells.Count - 1);
        Assert.Equal("""["tiny","tiny-v1",null,1,2,"Promoted","m"]""", cells.ToJsonString());
        Assert.Equal("PartialObjectMetadata", (string?)row["object"]!["kind"]);
        Assert.Null(row["object"]!["spec"]);
    }

    [Fact]
    public async Task Events_begin_with_their_time_and_keep_their_random_name_for_wide_tables()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject table = await Api.GetAsync($"/api/v1/namespaces/{ns}/events", accept: Accept);
        JsonArray columns = table["columnDefinitions"]!.AsArray();
        Assert.Equal(
            ["Last Seen 0", "Type 0", "Reason 0", "Object 0", "Message 0", "Name 1"],
            columns.Select(static column => $"{column!["name"]} {column["priority"]}"));
    }

    [Fact]
    public async Task The_client_chooses_what_rows_carry()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        JsonObject full = await Api.GetAsync(Services(ns, "tiny") + "?includeObject=Object", accept: Accept);
        Assert.NotNull(full["rows"]![0]!["object"]!["spec"]);
        JsonObject none = await Api.GetAsync(Services(ns) + "?includeObject=None", accept: Accept);
        Assert.Null(none["rows"]![0]!["object"]);
    }

    [Fact]
    public async Task A_watched_table_names_its_columns_once()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("a"));
        await Api.PostAsync(Services(ns), Service("b"));
        await using WatchClient watch = await WatchClient.StartAsync(Api, Services(ns), "timeoutSeconds=30", Accept);
        Assert.NotNull((await watch.NextAsync())!["object"]!["columnDefinitions"]);
        JsonObject second = (await watch.NextAsync())!;
        Assert.Null(second["object"]!["columnDefinitions"]);
        Assert.Equal("b", (string?)second["object"]!["rows"]![0]!["cells"]![0]);
    }

    [Fact]
    public async Task Metadata_alone_can_be_asked_for()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        const string Metadata = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
        JsonObject list = await Api.GetAsync(Services(ns), accept: Metadata);
        Assert.Equal("PartialObjectMetadataList", (string?)list["kind"]);
        Assert.Equal("tiny", (string?)list["items"]![0]!["metadata"]!["name"]);
        Assert.Null(list["items"]![0]!["spec"]);
    }
}
