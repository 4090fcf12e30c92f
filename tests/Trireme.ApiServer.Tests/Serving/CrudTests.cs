using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class CrudTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task A_created_object_gets_what_the_server_owns()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject sent = Service("tiny").With("uid", "mine").With("generation", 9);
        sent["status"] = new JsonObject { ["readyReplicas"] = 3 };

        JsonObject created = await Api.PostAsync(Services(ns), sent);

        Assert.NotEqual("mine", created.Uid());
        Assert.Equal(1, (int)created["metadata"]!["generation"]!);
        Assert.Equal(ns, (string?)created["metadata"]!["namespace"]);
        Assert.NotNull(created["metadata"]!["creationTimestamp"]);
        Assert.Null(created["status"]);
        Assert.True(JsonNode.DeepEquals(created, await Api.GetAsync(Services(ns, "tiny"))));
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        JsonObject status = await Api.PostAsync(Services(ns), Service("tiny"), expect: 409);
        Assert.Equal($"modelservices.trireme.dev \"tiny\" in namespace \"{ns}\" already exists", status.Message());
        Assert.Equal("AlreadyExists", (string?)status["reason"]);
    }

    [Fact]
    public async Task Generated_names_differ_and_begin_with_their_prefix()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject body = Map("""{"metadata":{"generateName":"run-"},"data":{}}""");
        string first = (string)(await Api.PostAsync(ConfigMaps(ns), body))["metadata"]!["name"]!;
        string second = (string)(await Api.PostAsync(ConfigMaps(ns), body))["metadata"]!["name"]!;
        Assert.StartsWith("run-", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task An_unknown_field_is_refused_with_the_nearest_known_name()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject sent = Map("""{"metadata":{"name":"tiny"},"spec":{"release":"r","replcas":2}}""");
        JsonObject status = await Api.PostAsync(Services(ns) + "?fieldValidation=Strict", sent, expect: 400);
        Assert.Contains("unknown field \"spec.replcas\", did you mean \"replicas\"?", status.Message(), StringComparison.Ordinal);
        Assert.Equal("spec.replcas", (string?)status["details"]!["causes"]![0]!["field"]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("?fieldValidation=Warn", true)]
    [InlineData("?fieldValidation=Ignore", false)]
    public async Task An_unknown_field_is_pruned_unless_the_client_asks_for_more(string mode, bool warns)
    {
        string ns = await shared.NewNamespaceAsync();
        const string Sent = """{"metadata":{"name":"tiny"},"spec":{"release":"r","replcas":2}}""";
        (int code, string text, var headers) = await Api.SendTextAsync(HttpMethod.Post, Services(ns) + mode, Sent);
        Assert.Equal(201, code);
        Assert.DoesNotContain("replcas", text, StringComparison.Ordinal);
        Assert.Equal(warns, headers.TryGetValues("Warning", out IEnumerable<string>? values));
        if (warns) Assert.Contains("replcas", values!.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_object_is_refused_with_a_cause_per_field()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject status = await Api.PostAsync(Services(ns), Service("tiny", replicas: -1), expect: 422);
        Assert.StartsWith("ModelService.trireme.dev \"tiny\" is invalid: spec.replicas: ", status.Message(), StringComparison.Ordinal);
        Assert.Equal("spec.replicas", (string?)status["details"]!["causes"]![0]!["field"]);
    }

    public static TheoryData<string, string, string> BadBodies => new()
    {
        { "a list", "[]", "must be one object" },
        { "nothing", "", "could not be read" },
        { "broken JSON", "{", "could not be read" },
        { "another kind", """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"x"}}""", "the path takes a v1 ConfigMap" },
        { "another namespace", """{"metadata":{"name":"x","namespace":"elsewhere"}}""", "does not match the namespace on the URL" },
        { "a revision", """{"metadata":{"name":"x","resourceVersion":"1"}}""", "resourceVersion should not be set" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_body_is_refused_that_holds(string what, string body, string expected)
    {
        string ns = await shared.NewNamespaceAsync();
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns), body);
        Assert.True(code == 400, what);
        Assert.Contains(expected, (string?)Map(text)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Yaml_is_read_like_json()
    {
        string ns = await shared.NewNamespaceAsync();
        const string Yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\ndata:\n  on: 'true'\n  text: |\n    two\n    lines\n";
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns), Yaml, "application/yaml");
        Assert.True(code == 201, text);
        Assert.Equal("two\nlines\n", (string?)Map(text)["data"]!["text"]);
    }

    [Fact]
    public async Task A_body_over_three_mebibytes_is_too_large()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject status = await Api.PostAsync(ConfigMaps(ns), ConfigMap("big", ("a", new string('x', 3 << 20))), expect: 413);
        Assert.Equal("RequestEntityTooLarge", (string?)status["reason"]);
    }

    [Fact]
    public async Task An_unknown_media_type_is_refused_with_the_known_ones()
    {
        string ns = await shared.NewNamespaceAsync();
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns), "x", "text/csv");
        Assert.Equal(415, code);
        Assert.Contains("application/json", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_of_an_old_version_conflicts()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject old = await Api.PostAsync(Services(ns), Service("tiny"));
        await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"replicas":2}}"""));
        old["spec"]!["replicas"] = 3;
        JsonObject status = await Api.PutAsync(Services(ns, "tiny"), old, expect: 409);
        Assert.Contains("the object has been modified", status.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_custom_resource_is_updated_only_with_a_version_and_a_config_map_also_without()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        await Api.PutAsync(Services(ns, "tiny"), Service("tiny", replicas: 2), expect: 422);
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a", ("k", "1")));
        JsonObject updated = await Api.PutAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("k", "2")));
        Assert.Equal("2", (string?)updated["data"]!["k"]);
    }

    [Fact]
    public async Task An_update_that_changes_nothing_writes_nothing()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject created = await Api.PostAsync(Services(ns), Service("tiny"));
        JsonObject updated = await Api.PutAsync(Services(ns, "tiny"), created.DeepClone());
        Assert.Equal(created.Version(), updated.Version());
    }

    [Fact]
    public async Task The_generation_counts_changes_of_the_spec_only()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        JsonObject labelled = await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"metadata":{"labels":{"a":"b"}}}"""));
        Assert.Equal(1, (int)labelled["metadata"]!["generation"]!);
        JsonObject scaled = await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"replicas":2}}"""));
        Assert.Equal(2, (int)scaled["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task Spec_and_status_are_never_written_together()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        JsonNode both = Parse("""{"metadata":{"labels":{"a":"b"}},"spec":{"replicas":7},"status":{"readyReplicas":5}}""");

        JsonObject byStatus = await Api.MergeAsync(Services(ns, "tiny") + "/status", both);
        Assert.Equal(5, (int)byStatus["status"]!["readyReplicas"]!);
        Assert.Equal(1, (int)byStatus["spec"]!["replicas"]!);
        Assert.Null(byStatus["metadata"]!["labels"]);
        Assert.Equal(1, (int)byStatus["metadata"]!["generation"]!);

        JsonObject byMain = await Api.MergeAsync(
            Services(ns, "tiny"), Parse("""{"spec":{"replicas":7},"status":{"readyReplicas":6}}"""));
        Assert.Equal(7, (int)byMain["spec"]!["replicas"]!);
        Assert.Equal(5, (int)byMain["status"]!["readyReplicas"]!);
    }

    [Theory]
    [InlineData(
        "releases",
        """{"source":{"path":"tiny"}}""",
        """{"source":{"path":"other"}}""",
        "a Release is immutable; create another one under a new name")]
    [InlineData(
        "modelreplicas",
        """{"service":"s","release":"r","contentHash":"sha256:1","model":{"uri":"file:///m"}}""",
        """{"release":"other"}""",
        "a ModelReplica is immutable; change the ModelService it belongs to, which puts another one in its place")]
    public async Task An_immutable_spec_stays(string plural, string spec, string change, string expected)
    {
        string ns = await shared.NewNamespaceAsync();
        string path = $"{TriremeGroup}/namespaces/{ns}/{plural}";
        await Api.PostAsync(path, Map($$"""{"metadata":{"name":"r"},"spec":{{spec}}}"""));
        JsonObject status = await Api.MergeAsync(path + "/r", Parse($$"""{"spec":{{change}}}"""), expect: 422);
        Assert.Contains(expected, status.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secret_text_is_moved_to_data()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject created = await Api.PostAsync(
            $"/api/v1/namespaces/{ns}/secrets", Map("""{"metadata":{"name":"s"},"stringData":{"k":"v"}}"""));
        Assert.Equal("dg==", (string?)created["data"]!["k"]);
        Assert.Equal("Opaque", (string?)created["type"]);
        Assert.Null(created["stringData"]);
    }

    [Fact]
    public async Task An_immutable_config_map_keeps_its_data()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject map = ConfigMap("a", ("k", "1"));
        map["immutable"] = true;
        await Api.PostAsync(ConfigMaps(ns), map);
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"metadata":{"labels":{"x":"y"}}}"""));
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"data":{"k":"2"}}"""), expect: 422);
    }

    [Fact]
    public async Task A_dry_run_does_everything_but_store()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns) + "?dryRun=All", Service("dry"));
        await Api.GetAsync(Services(ns, "dry"), expect: 404);
        await Api.PostAsync(Services(ns) + "?dryRun=All", Service("dry", replicas: -1), expect: 422);

        JsonObject created = await Api.PostAsync(Services(ns), Service("tiny"));
        await Api.PostAsync(Services(ns) + "?dryRun=All", Service("tiny"), expect: 409);
        JsonObject patched = await Api.MergeAsync(Services(ns, "tiny") + "?dryRun=All", Parse("""{"spec":{"replicas":2}}"""));
        Assert.Equal(2, (int)patched["spec"]!["replicas"]!);
        await Api.DeleteAsync(Services(ns, "tiny") + "?dryRun=All");
        Assert.Equal(created.Version(), (await Api.GetAsync(Services(ns, "tiny"))).Version());
    }

    [Fact]
    public async Task Selectors_choose_from_a_list()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a").With("labels", Parse("""{"tier":"gold","app":"x"}""")));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("b").With("labels", Parse("""{"tier":"tin"}""")));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("c"));

        Assert.Equal("a", await NamesAsync("labelSelector=app"));
        Assert.Equal("b c", await NamesAsync("labelSelector=tier!%3Dgold"));
        Assert.Equal("a b", await NamesAsync("labelSelector=tier+in+(gold,tin)"));
        Assert.Equal("c", await NamesAsync("labelSelector=!tier"));
        Assert.Equal("b", await NamesAsync("fieldSelector=metadata.name%3Db"));
        Assert.Equal("a c", await NamesAsync("fieldSelector=metadata.name!%3Db"));
        await Api.GetAsync(ConfigMaps(ns) + "?fieldSelector=spec.x%3Dy", expect: 400);
        await Api.GetAsync(ConfigMaps(ns) + "?labelSelector=a+of+b", expect: 400);

        async Task<string> NamesAsync(string query) => Names(await Api.GetAsync($"{ConfigMaps(ns)}?{query}"));
    }

    [Fact]
    public async Task Events_are_selected_by_the_object_they_are_about()
    {
        string ns = await shared.NewNamespaceAsync();
        string path = $"/api/v1/namespaces/{ns}/events";
        await Api.PostAsync(path, Map($$"""
            {"metadata":{"name":"e1"},"involvedObject":{"kind":"ModelService","name":"a","namespace":"{{ns}}"},
            "reason":"Ready","type":"Normal"}
            """));
        await Api.PostAsync(path, Map($$"""
            {"metadata":{"name":"e2"},"involvedObject":{"kind":"ModelService","name":"b","namespace":"{{ns}}"},"type":"Warning"}
            """));
        Assert.Equal("e1", Names(await Api.GetAsync(path + "?fieldSelector=involvedObject.name%3Da,involvedObject.kind%3DModelService")));
        Assert.Equal("e2", Names(await Api.GetAsync(path + "?fieldSelector=type!%3DNormal")));
    }

    [Fact]
    public async Task A_list_comes_in_pages_that_make_the_whole()
    {
        string ns = await shared.NewNamespaceAsync();
        for (int i = 0; i < 5; i++) await Api.PostAsync(ConfigMaps(ns), ConfigMap($"m{i}"));
        var names = new List<string>();
        string next = "";
        do
        {
            JsonObject page = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2&continue={next}");
            names.Add($"{Names(page)} +{page["metadata"]!["remainingItemCount"]}");
            next = (string?)page["metadata"]!["continue"] ?? "";
        }
        while (next.Length > 0);

        Assert.Equal(["m0 m1 +3", "m2 m3 +1", "m4 +"], names);

        // Of those that a selector takes, only looking at them would tell.
        JsonObject selected = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2&labelSelector=!a");
        Assert.NotNull(selected["metadata"]!["continue"]);
        Assert.Null(selected["metadata"]!["remainingItemCount"]);
        JsonObject table = await Api.GetAsync($"{ConfigMaps(ns)}?limit=2", accept: "application/json;as=Table;v=v1;g=meta.k8s.io");
        Assert.Equal(3, (int?)table["metadata"]!["remainingItemCount"]);
        Assert.True((long)(await Api.GetAsync("/api/v1/configmaps?limit=1"))["metadata"]!["remainingItemCount"]! >= 4);
        await Api.GetAsync($"{ConfigMaps(ns)}?continue=nonsense", expect: 400);
    }

    [Fact]
    public async Task Paths_and_methods_that_do_not_exist_are_named()
    {
        JsonObject unknown = await Api.GetAsync("/apis/trireme.dev/v1alpha1/nothings", expect: 404);
        Assert.Contains("nothings", unknown.Message(), StringComparison.Ordinal);
        await Api.GetAsync(ConfigMaps("default", "absent"), expect: 404);
        await Api.PostAsync("/api/v1/configmaps", ConfigMap("a"), expect: 405);
        await Api.PutAsync(ConfigMaps("default"), ConfigMap("a"), expect: 405);
        JsonObject status = await Api.PostAsync(ConfigMaps("nowhere"), ConfigMap("a"), expect: 404);
        Assert.Equal("namespaces \"nowhere\" not found", status.Message());
    }

    private static string Names(JsonObject list) =>
        string.Join(' ', list["items"]!.AsArray().Select(item => (string?)item!["metadata"]!["name"]));
}
