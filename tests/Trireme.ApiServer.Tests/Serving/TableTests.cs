using System.Text.Json.Nodes;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;
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
            {"status":{"readyReplicas":1,"wantedReplicas":2,
                "conditions":[{"type":"RolledOut","status":"True","reason":"Promoted","message":"m"}]}}
            """));

        JsonObject table = await Api.GetAsync(Services(ns), accept: Accept);
        Assert.Equal("Table", (string?)table["kind"]);
        string[] names = [.. table["columnDefinitions"]!.AsArray().Select(column => (string)column!["name"]!)];
        Assert.Equal(["Name", "Release", "Serving", "Ready", "Wanted", "Rollout", "Message", "Min", "Max", "Scaling", "Age"], names);
        JsonNode row = table["rows"]![0]!;
        JsonArray cells = row["cells"]!.AsArray();
        Assert.Matches("^[0-9]+s$", (string?)cells[^1]);
        cells.RemoveAt(cells.Count - 1);
        Assert.StartsWith("""["tiny","tiny-v1",null,1,2,"Promoted","m",""", cells.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("PartialObjectMetadata", (string?)row["object"]!["kind"]);
        Assert.Null(row["object"]!["spec"]);
    }

    [Fact]
    public async Task A_field_that_is_left_away_shows_what_its_absence_means()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject service = Service("tiny");
        service["spec"]!.AsObject().Remove("replicas");
        service["spec"]!["scaling"] = new JsonObject { ["maxReplicas"] = 3 };
        await Api.PostAsync(Services(ns), service);
        JsonArray cells = (await Api.GetAsync(Services(ns), accept: Accept))["rows"]![0]!["cells"]!.AsArray();
        Assert.Equal((1, 3), ((int?)cells[7], (int?)cells[8]));

        // Without scaling nothing is said of its bounds.
        await Api.PostAsync(Services(ns), Service("unscaled"));
        cells = (await Api.GetAsync(Services(ns), accept: Accept))["rows"]![1]!["cells"]!.AsArray();
        Assert.Equal((null, null), (cells[7], cells[8]));

        // No kind has a column of a field with a default that stays empty.
        foreach (ResourceDefinition definition in ResourceCatalog.Trireme)
        {
            foreach (PrinterColumn column in definition.Columns.Where(static column => !column.JsonPath.Contains('[')))
            {
                bool hasDefault = definition.Schema.Find(column.JsonPath.Split('.').Skip(1))?.Default is not null;
                TableColumn shown = KindColumns.Of("", definition).Single(known => known.Definition == column);
                Assert.Equal(hasDefault, shown.Absent is not null);
            }
        }
    }

    [Fact]
    public async Task Events_begin_with_their_time_and_keep_their_random_name_for_wide_tables()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject table = await Api.GetAsync($"/api/v1/namespaces/{ns}/events", accept: Accept);
        JsonArray columns = table["columnDefinitions"]!.AsArray();
        Assert.Equal(
            [
                "Last Seen 0", "Type 0", "Reason 0", "Object 0", "Subobject 1", "Source 1", "Message 0", "First Seen 1", "Count 1",
                "Name 1",
            ],
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
