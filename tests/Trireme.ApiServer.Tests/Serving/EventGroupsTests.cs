using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Events under the names of both groups.</summary>
public sealed class EventGroupsTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task What_is_written_in_one_group_is_read_in_the_other()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject made = await Api.PostAsync(New(ns), Reported(ns, "a"));
        Assert.Equal(("events.k8s.io/v1", "note"), ((string?)made["apiVersion"], (string?)made["note"]));
        JsonObject core = await Api.GetAsync(Core(ns, "a"));
        Assert.Equal(("v1", "note"), ((string?)core["apiVersion"], (string?)core["message"]));
        Assert.Equal(("p", "c"), ((string?)core["involvedObject"]!["name"], (string?)core["reportingComponent"]));
        Assert.Equal((made.Uid(), made.Version()), (core.Uid(), core.Version()));
        await Api.GetAsync(Core(ns) + "?fieldSelector=involvedObject.name%3Dp,reason%3DR");
        Assert.Single((await Api.GetAsync(New(ns) + "?fieldSelector=regarding.name%3Dp,type%3DNormal"))["items"]!.AsArray());
        await Api.GetAsync(New(ns) + "?fieldSelector=involvedObject.name%3Dp", expect: 400);

        await Api.PostAsync(Core(ns), Map($$"""
            {"metadata":{"name":"b"},"involvedObject":{"kind":"Pod","name":"q","namespace":"{{ns}}"},"message":"m","count":3,
            "source":{"component":"s"},"lastTimestamp":"2026-01-01T00:00:00Z"}
            """));
        JsonObject other = await Api.GetAsync(New(ns, "b"));
        Assert.Equal((3, "s"), ((int)other["deprecatedCount"]!, (string?)other["deprecatedSource"]!["component"]));
        Assert.Equal("m", (string?)other["note"]);
    }

    [Fact]
    public async Task A_series_goes_on_and_what_happened_stays()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject made = await Api.PostAsync(New(ns), Reported(ns, "a"));
        JsonNode series = Parse("""{"series":{"count":2,"lastObservedTime":"2026-01-01T00:00:05.000001Z"}}""");
        JsonObject patched = await Api.StrategicMergeAsync(New(ns, "a"), series);
        Assert.Equal((2, "events.k8s.io/v1"), ((int)patched["series"]!["count"]!, (string?)patched["apiVersion"]));
        made["series"] = Parse("""{"count":3,"lastObservedTime":"2026-01-01T00:00:09.000001Z"}""");
        await Api.PutAsync(New(ns, "a"), made.DeepClone(), expect: 409);
        patched["series"]!["count"] = 3;
        Assert.Equal(3, (int)(await Api.PutAsync(New(ns, "a"), patched))["series"]!["count"]!);
        JsonObject refused = await Api.MergeAsync(New(ns, "a"), Parse("""{"note":"other"}"""), expect: 422);
        Assert.Contains("note: the field is immutable", refused.Message(), StringComparison.Ordinal);
        JsonObject bad = await Api.MergeAsync(New(ns, "a"), Parse("""{"series":{"count":1}}"""), expect: 422);
        Assert.Contains("series.count: must be at least 2", bad.Message(), StringComparison.Ordinal);
        await Api.DeleteAsync(New(ns, "a"));
        await Api.GetAsync(Core(ns, "a"), expect: 404);
    }

    [Theory]
    [InlineData("eventTime", null, "eventTime")]
    [InlineData("reportingController", null, "reportingController")]
    [InlineData("reportingController", "a b", "reportingController")]
    [InlineData("reportingInstance", null, "reportingInstance")]
    [InlineData("action", null, "action")]
    [InlineData("reason", null, "reason")]
    [InlineData("type", "Odd", "type")]
    [InlineData("deprecatedCount", 2, "deprecatedCount")]
    [InlineData("deprecatedLastTimestamp", "2026-01-01T00:00:00Z", "deprecatedLastTimestamp")]
    public async Task An_incomplete_report_is_refused(string member, object? value, string field)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject report = Reported(ns, "a");
        report[member] = value switch { string text => text, int number => number, _ => null };
        JsonObject status = await Api.PostAsync(New(ns), report, expect: 422);
        Assert.Equal(field, (string?)Assert.Single(status["details"]!["causes"]!.AsArray())!["field"]);
    }

    [Fact]
    public async Task Both_groups_are_watched_applied_shown_and_emptied()
    {
        string ns = await shared.NewNamespaceAsync();
        string version = (await Api.GetAsync(New(ns))).Version();
        await using WatchClient watch = await WatchClient.StartAsync(Api, New(ns), "resourceVersion=" + version);
        await Api.ApplyAsync(New(ns, "a"), Reported(ns, "a"), "m", expect: 201);
        JsonObject seen = (await watch.NextAsync())!;
        Assert.Equal(("ADDED", "note"), ((string?)seen["type"], (string?)seen["object"]!["note"]));
        foreach (string path in (string[])[New(ns), Core(ns)])
        {
            JsonObject table = await Api.GetAsync(path, accept: "application/json;as=Table;v=v1;g=meta.k8s.io");
            JsonArray cells = table["rows"]![0]!["cells"]!.AsArray();
            Assert.Equal("Normal R pod/p note a", $"{cells[1]} {cells[2]} {cells[3]} {cells[6]} {cells[9]}");
        }

        await Api.DeleteAsync(New(ns) + "?fieldSelector=regarding.name%3Dp");
        Assert.Empty((await Api.GetAsync(Core(ns)))["items"]!.AsArray());
    }

    private static JsonObject Reported(string ns, string name) => Map($$$"""
        {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"{{{name}}}"},"eventTime":"2026-01-01T00:00:00.000001Z",
        "reportingController":"c","reportingInstance":"i","action":"A","reason":"R","type":"Normal","note":"note",
        "regarding":{"kind":"Pod","name":"p","namespace":"{{{ns}}}"}}
        """);

    private static string New(string ns, string name = "") => Join($"/apis/events.k8s.io/v1/namespaces/{ns}/events", name);

    private static string Core(string ns, string name = "") => Join($"/api/v1/namespaces/{ns}/events", name);

    private static string Join(string path, string name) => name.Length == 0 ? path : $"{path}/{name}";
}
