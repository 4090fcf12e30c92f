using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Server-side apply and the ownership of fields, over HTTP.</summary>
public sealed class ApplyTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task A_first_apply_creates_and_owns_what_it_states()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject created = await Api.ApplyAsync(Services(ns, "tiny"), Service("tiny"), "one", expect: 201);
        JsonNode entry = Assert.Single(created["metadata"]!["managedFields"]!.AsArray())!;
        Assert.Equal("one/Apply", $"{entry["manager"]}/{entry["operation"]}");
        Assert.Equal("""{"f:spec":{"f:release":{},"f:replicas":{}}}""", entry["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public async Task Applying_the_same_again_writes_nothing()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject first = await Api.ApplyAsync(Services(ns, "tiny"), Service("tiny"), "one", expect: 201);
        JsonObject second = await Api.ApplyAsync(Services(ns, "tiny"), Service("tiny"), "one");
        Assert.True(JsonNode.DeepEquals(first, second));
    }

    [Fact]
    public async Task A_field_left_out_is_removed_unless_someone_else_owns_it()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("mine", "1"), ("shared", "2")), "one", expect: 201);
        await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("shared", "2"), ("theirs", "3")), "two");
        JsonObject after = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a"), "one");
        Assert.Equal("""{"shared":"2","theirs":"3"}""", after["data"]!.ToJsonString());
        JsonObject last = await Api.ApplyAsync(ConfigMaps(ns, "a"), Meta("v1", "ConfigMap", "a"), "two");
        Assert.True(last["data"] is null or JsonObject { Count: 0 });
    }

    [Fact]
    public async Task A_conflict_names_every_field_and_manager()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "1"), ("y", "1")), "one", expect: 201);
        JsonObject status = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "2"), ("y", "2")), "two", expect: 409);
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"one\":\n- .data.x\n- .data.y", status.Message());
        Assert.Equal("FieldManagerConflict", (string?)status["details"]!["causes"]![1]!["reason"]);
        Assert.Equal(".data.y", (string?)status["details"]!["causes"]![1]!["field"]);

        JsonObject forced = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "2")), "two", force: true);
        Assert.Equal("2", (string?)forced["data"]!["x"]);
        Assert.Equal("1", (string?)forced["data"]!["y"]);
        JsonObject back = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "1"), ("y", "1")), "one", expect: 409);
        Assert.Contains("\"two\"", back.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stating_the_same_value_shares_the_field()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "1")), "one", expect: 201);
        JsonObject shareds = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "1")), "two");
        Assert.Equal(2, shareds["metadata"]!["managedFields"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_update_takes_over_the_fields_it_changes()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.ApplyAsync(Services(ns, "tiny"), Service("tiny", replicas: 1), "one", expect: 201);
        await Api.MergeAsync(Services(ns, "tiny") + "?fieldManager=scaler", Parse("""{"spec":{"replicas":4}}"""));
        JsonObject status = await Api.ApplyAsync(Services(ns, "tiny"), Service("tiny", replicas: 1), "one", expect: 409);
        Assert.Contains("conflict with \"scaler\" using trireme.dev/v1alpha1: .spec.replicas", status.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conditions_are_merged_by_type_and_removed_by_their_owner()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        string status = Services(ns, "tiny") + "/status";
        await Api.ApplyAsync(status, WithConditions("Ready", "Healthy"), "one");
        JsonObject both = await Api.ApplyAsync(status, WithConditions("RolledOut"), "two");
        Assert.Equal("Ready Healthy RolledOut", Types(both));
        JsonObject after = await Api.ApplyAsync(status, WithConditions("Healthy"), "one");
        Assert.Equal("Healthy RolledOut", Types(after));
        JsonNode owned = after["metadata"]!["managedFields"]!.AsArray().Single(entry => (string?)entry!["manager"] == "two")!;
        Assert.NotNull(owned["fieldsV1"]!["f:status"]!["f:conditions"]!["k:{\"type\":\"RolledOut\"}"]);

        static string Types(JsonObject service) =>
            string.Join(' ', service["status"]!["conditions"]!.AsArray().Select(condition => (string?)condition!["type"]));
    }

    [Fact]
    public async Task Finalizers_are_owned_one_by_one()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject one = ConfigMap("a").With("finalizers", new JsonArray("example.com/one"));
        JsonObject two = ConfigMap("a").With("finalizers", new JsonArray("example.com/two"));
        await Api.ApplyAsync(ConfigMaps(ns, "a"), one, "one", expect: 201);
        await Api.ApplyAsync(ConfigMaps(ns, "a"), two, "two");
        JsonObject after = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a"), "one");
        Assert.Equal("""["example.com/two"]""", after["metadata"]!["finalizers"]!.ToJsonString());
    }

    [Fact]
    public async Task Spec_and_status_are_applied_apart()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject both = Service("tiny", replicas: 3);
        both["status"] = new JsonObject { ["readyReplicas"] = 2 };
        JsonObject created = await Api.ApplyAsync(Services(ns, "tiny"), both.DeepClone(), "one", expect: 201);
        Assert.Null(created["status"]);
        JsonObject after = await Api.ApplyAsync(Services(ns, "tiny") + "/status", WithReplicas(5), "one");
        Assert.Equal(3, (int)after["spec"]!["replicas"]!);
        Assert.Equal(2, (int)after["status"]!["readyReplicas"]!);

        static JsonObject WithReplicas(int replicas)
        {
            JsonObject service = Service("tiny", replicas);
            service["status"] = new JsonObject { ["readyReplicas"] = 2 };
            return service;
        }
    }

    public static TheoryData<string, string, string> Refused => new()
    {
        { "no kind", "?fieldManager=m", """{"apiVersion":"v1","metadata":{"name":"a"}}""" },
        {
            "its own managed fields",
            "?fieldManager=m",
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[{"manager":"x"}]}}"""
        },
        { "another name", "?fieldManager=m", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}""" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_apply_is_refused_with(string what, string query, string body)
    {
        (int code, string text, _) = await Api.SendTextAsync(
            HttpMethod.Patch, ConfigMaps("default", "a") + query, body, "application/apply-patch+yaml");
        Assert.True(code == 400, $"{what}: {text}");
    }

    [Theory]
    [InlineData("?fieldManager=", "fieldManager: Required value: is required for apply patch")]
    [InlineData("?fieldManager=LONG", "fieldManager: Too long: may not be more than 128 bytes")]
    [InlineData("?fieldManager=a%0Ab", "fieldManager: Invalid value: should only contain printable characters")]
    [InlineData("?force=true", "force: Forbidden: may not be specified for non-apply patch")]
    public async Task Parameters_of_a_patch_that_mean_nothing_are_refused(string query, string problem)
    {
        string type = query.Contains("force", StringComparison.Ordinal) ? "application/merge-patch+json" : "application/apply-patch+yaml";
        string path = ConfigMaps("default", "a") + query.Replace("LONG", new string('m', 129), StringComparison.Ordinal);
        JsonObject status = await Api.SendAsync(HttpMethod.Patch, path, ConfigMap("a"), 422, type);
        Assert.Equal("PatchOptions.meta.k8s.io \"\" is invalid: " + problem, status.Message());
    }

    [Fact]
    public async Task Kubectl_does_not_conflict_with_what_it_applied_by_itself_and_keeps_its_annotation()
    {
        const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";
        string ns = await shared.NewNamespaceAsync();
        JsonObject first = ConfigMap("a", ("mine", "1"), ("edited", "1"));
        JsonObject sent = first.DeepClone().AsObject().With("annotations", new JsonObject { [Annotation] = first.ToJsonString() });
        await Api.PostAsync(ConfigMaps(ns) + "?fieldManager=kubectl-client-side-apply", sent);
        await Api.MergeAsync(ConfigMaps(ns, "a") + "?fieldManager=someone", Parse("""{"data":{"edited":"2"}}"""));

        // Of what was applied last, only what is still so is kubectl's own.
        JsonObject both = ConfigMap("a", ("mine", "2"), ("edited", "3"));
        JsonObject conflict = await Api.ApplyAsync(ConfigMaps(ns, "a"), both, "kubectl", expect: 409);
        Assert.Equal(".data.edited", (string?)Assert.Single(conflict["details"]!["causes"]!.AsArray())!["field"]);
        await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("mine", "2")), "other", expect: 409);

        JsonObject applied = await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("mine", "2")), "kubectl");
        Assert.Equal("2", (string?)applied["data"]!["mine"]);
        JsonNode kept = Parse((string)applied["metadata"]!["annotations"]![Annotation]!);
        Assert.Equal("""{"mine":"2"}""", kept["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Many_patches_of_one_object_at_once_all_succeed()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            JsonNode patch = new JsonObject { ["data"] = new JsonObject { [$"k{i}"] = "v" } };
            for (int n = 0; n < 3; n++)
            {
                patch["data"]![$"k{i}-{n}"] = "v";
                if (i % 2 == 0) await Api.MergeAsync(ConfigMaps(ns, "a"), patch);
                else await Api.ApplyAsync(ConfigMaps(ns, "a"), With(patch), "m" + i);
            }
        }));
        Assert.Equal(160, (await Api.GetAsync(ConfigMaps(ns, "a")))["data"]!.AsObject().Count);

        static JsonObject With(JsonNode patch)
        {
            JsonObject config = ConfigMap("a");
            config["data"] = patch["data"]!.DeepClone();
            return config;
        }
    }

    [Fact]
    public async Task A_client_may_reset_the_managed_fields()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.ApplyAsync(ConfigMaps(ns, "a"), ConfigMap("a", ("x", "1")), "one", expect: 201);
        JsonNode patch = Parse("""{"metadata":{"managedFields":[{}]}}""");
        JsonObject reset = await Api.MergeAsync(ConfigMaps(ns, "a") + "?fieldManager=two", patch);
        Assert.Null(reset["metadata"]!["managedFields"]);
    }

    [Fact]
    public async Task Managers_that_only_update_are_bounded()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        JsonObject last = [];
        for (int i = 0; i < 15; i++)
        {
            JsonNode patch = new JsonObject { ["data"] = new JsonObject { [$"k{i}"] = "v" } };
            last = await Api.MergeAsync($"{ConfigMaps(ns, "a")}?fieldManager=m{i}", patch);
        }

        JsonArray managed = last["metadata"]!["managedFields"]!.AsArray();
        Assert.Equal(10, managed.Count);
        Assert.Contains(managed, entry => (string?)entry!["manager"] == "ancient-changes");
    }

    private static JsonObject WithConditions(params string[] types)
    {
        JsonObject service = Meta("trireme.dev/v1alpha1", "ModelService", "tiny");
        IEnumerable<JsonObject> conditions = types.Select(type =>
            new JsonObject { ["type"] = type, ["status"] = "True", ["reason"] = "Test" });
        service["status"] = new JsonObject { ["conditions"] = new JsonArray([.. conditions]) };
        return service;
    }
}
