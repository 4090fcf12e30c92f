using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using static Trireme.ApiServer.Tests.Pods.PodServer;

namespace Trireme.ApiServer.Tests.Pods;

/// <summary>Replicas of this machine as Pods: what clients read, watch, select and may not write.</summary>
public sealed class PodTests(PodServer server) : IClassFixture<PodServer>
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    private Api Api => server.Api;

    [Fact]
    public async Task A_replica_is_a_pod_of_its_name_with_its_labels_and_owned_by_it()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject replica = await server.CreateAsync(ns, "a", Statuses.Ready);
        JsonObject pod = await Api.GetAsync(PathOf(ns, "a"));
        Assert.Equal(("v1", "Pod"), ((string?)pod["apiVersion"], (string?)pod["kind"]));
        JsonNode metadata = pod["metadata"]!;
        Assert.Equal(
            ("a", ns, replica.Version()), ((string?)metadata["name"], (string?)metadata["namespace"], pod.Version()));
        Assert.Equal("""{"trireme.dev/service":"tiny"}""", metadata["labels"]!.ToJsonString());
        JsonNode owner = Assert.Single(metadata["ownerReferences"]!.AsArray())!;
        Assert.Equal(("ModelReplica", replica.Uid(), true), ((string?)owner["kind"], (string?)owner["uid"], (bool?)owner["controller"]));
        Assert.NotEqual(replica.Uid(), pod.Uid());
        Assert.True(Guid.TryParse(pod.Uid(), out _));
        Assert.Equal(pod.Uid(), (await Api.GetAsync(PathOf(ns, "a"))).Uid());

        AssertJson(
            """
            {
              "containers":[{
                "name":"engine","image":"process/trireme","imagePullPolicy":"Never",
                "ports":[{"name":"http","containerPort":4711,"protocol":"TCP"}],
                "resources":{"requests":{"cpu":"2","memory":"512Mi"}}
              }],
              "nodeName":"node-1","restartPolicy":"Always","terminationGracePeriodSeconds":90
            }
            """,
            pod["spec"]);
        JsonNode status = pod["status"]!;
        Assert.Equal(("Running", "127.0.0.1"), ((string?)status["phase"], (string?)status["podIP"]));
        Assert.Equal((string?)metadata["creationTimestamp"], (string?)status["startTime"]);
        Assert.Equal(
            ["PodScheduled=True", "Initialized=True", "ContainersReady=True", "Ready=True"],
            status["conditions"]!.AsArray().Select(condition => $"{condition!["type"]}={condition["status"]}"));
        Assert.Equal("2026-01-02T03:00:09Z", (string?)status["conditions"]![3]!["lastTransitionTime"]);
        AssertJson(
            """
            {
              "name":"engine","state":{"running":{"startedAt":"2026-01-02T03:00:00Z"}},"lastState":{},"ready":true,"restartCount":0,
              "image":"process/trireme","imageID":"abc","containerID":"process://77","started":true
            }
            """,
            Assert.Single(status["containerStatuses"]!.AsArray()));
    }

    public static TheoryData<string, string, string, string> Lives => new()
    {
        { Statuses.Waiting, "Pending 0/1 ContainerCreating 0", """{"waiting":{"reason":"ContainerCreating"}}""", "{}" },
        {
            Statuses.NotUsable, "Pending 0/1 ReleaseNotUsable 0",
            """{"waiting":{"reason":"ReleaseNotUsable","message":"its files are gone"}}""", "{}"
        },
        { Statuses.Starting, "Running 0/1 Running 0", """{"running":{"startedAt":"2026-01-02T03:00:00Z"}}""", "{}" },
        {
            Statuses.BackingOff, "Running 0/1 CrashLoopBackOff 3",
            """{"waiting":{"reason":"CrashLoopBackOff","message":"The engine ended."}}""", Terminated
        },
        { Statuses.Again, "Running 1/1 Running 4", """{"running":{"startedAt":"2026-01-02T03:05:00Z"}}""", Terminated },
        { Statuses.Failed, "Failed 0/1 Crashed 0", Terminated, "{}" },
    };

    private const string Terminated =
        """
        {"terminated":{
          "exitCode":3,"reason":"Crashed","message":"it ended with exit code 3",
          "startedAt":"2026-01-02T03:00:00Z","finishedAt":"2026-01-02T03:04:05Z"}}
        """;

    [Theory]
    [MemberData(nameof(Lives))]
    public async Task Each_phase_of_a_replica_has_its_words_for_a_pod(string status, string shown, string state, string lastState)
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "a", status);
        JsonObject pod = await Api.GetAsync(PathOf(ns, "a"));
        JsonNode container = pod["status"]!["containerStatuses"]![0]!;
        AssertJson(state, container["state"]);
        AssertJson(lastState, container["lastState"]);
        JsonArray cells = (await Api.GetAsync(PathOf(ns), accept: Table))["rows"]![0]!["cells"]!.AsArray();
        string restarts = ((string)cells[3]!).Split(' ')[0];
        Assert.Equal(shown, $"{pod["status"]!["phase"]} {cells[1]} {cells[2]} {restarts}");
        bool hasEnded = lastState != "{}";
        Assert.Equal(hasEnded, ((string)cells[3]!).EndsWith(" ago)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_table_has_the_columns_that_people_know()
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "a", Statuses.Ready);
        JsonObject table = await Api.GetAsync(PathOf(ns), accept: Table);
        Assert.Equal(
            ["Name/0", "Ready/0", "Status/0", "Restarts/0", "Age/0", "IP/1", "Node/1", "Nominated Node/1", "Readiness Gates/1"],
            table["columnDefinitions"]!.AsArray().Select(column => $"{column!["name"]}/{column["priority"]}"));
        JsonArray cells = table["rows"]![0]!["cells"]!.AsArray();
        Assert.Matches("^[0-9]+s$", (string?)cells[4]);
        cells.RemoveAt(4);
        Assert.Equal("""["a","1/1","Running","0","127.0.0.1","node-1","\u003Cnone\u003E","\u003Cnone\u003E"]""", cells.ToJsonString());
    }

    [Fact]
    public async Task What_no_process_of_this_machine_runs_is_no_pod()
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "a");
        Assert.Equal("pods \"a\" not found", (await Api.GetAsync(PathOf(ns, "a"), expect: 404)).Message());
        Assert.Empty((await Api.GetAsync(PathOf(ns)))["items"]!.AsArray());
        Assert.Equal("pods \"b\" not found", (await Api.GetAsync(PathOf(ns, "b"), expect: 404)).Message());
    }

    [Theory]
    [InlineData("labelSelector=trireme.dev/service%3Dtiny", "a b")]
    [InlineData("labelSelector=trireme.dev/service%3Dother", "")]
    [InlineData("fieldSelector=metadata.name%3Db", "b")]
    [InlineData("fieldSelector=status.phase%3DRunning", "a")]
    [InlineData("fieldSelector=status.phase!%3DRunning", "b")]
    [InlineData("fieldSelector=spec.nodeName%3Dnode-1,status.phase%3DPending", "b")]
    [InlineData("fieldSelector=spec.nodeName%3Dnode-2", "")]
    public async Task Pods_are_selected_by_label_name_phase_and_node(string query, string names)
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "a", Statuses.Ready);
        await server.CreateAsync(ns, "b", Statuses.Waiting);
        await server.CreateAsync(ns, "c");
        JsonObject list = await Api.GetAsync($"{PathOf(ns)}?{query}");
        Assert.Equal("PodList", (string?)list["kind"]);
        Assert.Equal(names, string.Join(' ', list["items"]!.AsArray().Select(pod => (string?)pod!["metadata"]!["name"])));
    }

    [Fact]
    public async Task A_list_comes_in_pages_that_miss_none()
    {
        string ns = await server.NewNamespaceAsync();
        foreach (string name in (string[])["a", "b", "c", "d", "e"])
        {
            await server.CreateAsync(ns, name, name == "b" ? null : Statuses.Ready);
        }

        var names = new List<string?>();
        string next = "";
        do
        {
            JsonObject page = await Api.GetAsync($"{PathOf(ns)}?limit=2&continue={next}");
            Assert.True(page["items"]!.AsArray().Count <= 2);
            names.AddRange(page["items"]!.AsArray().Select(pod => (string?)pod!["metadata"]!["name"]));
            next = (string?)page["metadata"]!["continue"] ?? "";
        }
        while (next.Length > 0);

        Assert.Equal(["a", "c", "d", "e"], names);
        Assert.Equal(4, (await Api.GetAsync("/api/v1/pods?fieldSelector=metadata.namespace%3D" + ns))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_watch_shows_pods_in_the_versions_of_their_replicas()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject list = await Api.GetAsync(PathOf(ns));
        await using WatchClient live = await WatchClient.StartAsync(Api, PathOf(ns), "resourceVersion=" + list.Version());
        await server.CreateAsync(ns, "a");
        JsonObject waiting = await server.StatusAsync(ns, "a", Statuses.Waiting);
        JsonObject ready = await server.StatusAsync(ns, "a", Statuses.Ready);
        await Api.DeleteAsync(Replicas(ns, "a"));
        JsonObject gone = await Api.MergeAsync(Replicas(ns, "a"), Objects.Parse("""{"metadata":{"finalizers":null}}"""));
        await using WatchClient late = await WatchClient.StartAsync(Api, PathOf(ns), "resourceVersion=" + list.Version());
        foreach (WatchClient watch in (WatchClient[])[live, late])
        {
            string[] seen = [await SeenAsync(watch), await SeenAsync(watch), await SeenAsync(watch), await SeenAsync(watch)];
            Assert.Equal(
                [$"ADDED Pending {waiting.Version()}", $"MODIFIED Running {ready.Version()}", "MODIFIED Running", "DELETED Running"],
                [seen[0], seen[1], seen[2][..16], seen[3][..15]]);
        }

        Assert.NotNull(gone);
    }

    [Fact]
    public async Task A_watch_through_a_selector_shows_pods_come_and_go()
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "a", Statuses.Waiting);
        await using WatchClient watch = await WatchClient.StartAsync(
            Api,
            PathOf(ns),
            "fieldSelector=status.phase%3DRunning&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        JsonObject mark = (await watch.NextAsync())!;
        Assert.Equal(("BOOKMARK", "Pod"), ((string?)mark["type"], (string?)mark["object"]!["kind"]));
        await server.StatusAsync(ns, "a", Statuses.Ready);
        await server.StatusAsync(ns, "a", Statuses.Failed);
        Assert.Equal("ADDED a", await watch.NextNameAsync());
        Assert.Equal("DELETED a", await watch.NextNameAsync());
    }

    [Fact]
    public async Task Deleting_a_pod_deletes_the_replica_behind_it()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject replica = await server.CreateAsync(ns, "a", Statuses.Ready);
        string uid = (await Api.GetAsync(PathOf(ns, "a"))).Uid();
        JsonNode other = Objects.Parse($$$"""{"preconditions":{"uid":"{{{replica.Uid()}}}"}}""");
        JsonObject refused = await Api.DeleteAsync(PathOf(ns, "a"), other, expect: 409);
        Assert.Contains("the UID in the precondition", refused.Message(), StringComparison.Ordinal);
        JsonObject dry = await Api.DeleteAsync(PathOf(ns, "a") + "?dryRun=All");
        Assert.Equal(("Pod", uid), ((string?)dry["kind"], dry.Uid()));
        Assert.Null((await Api.GetAsync(Replicas(ns, "a")))["metadata"]!["deletionTimestamp"]);

        JsonObject going = await Api.DeleteAsync(PathOf(ns, "a"), Objects.Parse($$$"""{"preconditions":{"uid":"{{{uid}}}"}}"""));
        Assert.Equal(("Pod", uid, 90), ((string?)going["kind"], going.Uid(), (int?)going["metadata"]!["deletionGracePeriodSeconds"]));
        Assert.NotNull((await Api.GetAsync(Replicas(ns, "a")))["metadata"]!["deletionTimestamp"]);
        JsonObject table = await Api.GetAsync(PathOf(ns, "a"), accept: Table);
        Assert.Equal("Terminating", (string?)table["rows"]![0]!["cells"]![2]);
        await Api.DeleteAsync(PathOf(ns, "b"), expect: 404);
    }

    [Theory]
    [InlineData("PUT", "")]
    [InlineData("PATCH", "")]
    [InlineData("PATCH", "/status")]
    [InlineData("POST", "/eviction", "policy/v1", "Eviction")]
    public async Task A_pod_of_a_replica_is_not_written_and_the_refusal_says_what_is(
        string method, string part, string apiVersion = "v1", string kind = "Pod")
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "a", Statuses.Ready);
        string type = method == "PATCH" ? "application/merge-patch+json" : "application/json";
        JsonObject refusal = await Api.SendAsync(
            HttpMethod.Parse(method), PathOf(ns, "a") + part, Objects.Meta(apiVersion, kind, "a"), expect: 405, type);
        Assert.Contains("change the ModelService", refusal.Message(), StringComparison.Ordinal);
        Assert.Contains("ModelReplica", refusal.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discovery_and_the_openapi_documents_say_what_can_be_done_with_pods()
    {
        JsonNode[] resources =
        [
            .. (await Api.GetAsync("/api/v1"))["resources"]!.AsArray()
                .Where(resource => ((string)resource!["name"]!).StartsWith("pods", StringComparison.Ordinal))
                .Select(resource => resource!),
        ];
        AssertJson(
            """
            {
              "name":"pods","singularName":"pod","namespaced":true,"kind":"Pod",
              "verbs":["create","delete","deletecollection","get","list","patch","update","watch"],
              "shortNames":["po"],"categories":["all"]
            }
            """,
            resources[0]);
        AssertJson(
            """{"name":"pods/log","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}""",
            resources.Single(resource => (string?)resource["name"] == "pods/log"));
        AssertJson(
            """
            {
              "name":"pods/eviction","singularName":"","namespaced":true,"group":"policy","version":"v1","kind":"Eviction",
              "verbs":["create"]
            }
            """,
            resources.Single(resource => (string?)resource["name"] == "pods/eviction"));

        JsonObject document = await Api.GetAsync("/openapi/v3/api/v1");
        const string Collection = "/api/v1/namespaces/{namespace}/pods";
        Assert.Equal(["get", "post", "delete"], Operations(Collection));
        Assert.Equal(["get", "put", "patch", "delete"], Operations(Collection + "/{name}"));
        Assert.Equal(["post"], Operations(Collection + "/{name}/binding"));
        Assert.NotNull(document["paths"]![Collection + "/{name}/log"]!["get"]!["responses"]!["200"]!["content"]!["text/plain"]);
        JsonNode schema = document["components"]!["schemas"]!["io.k8s.api.core.v1.Pod"]!;
        Assert.Equal("Pod", (string?)schema["x-kubernetes-group-version-kind"]![0]!["kind"]);
        Assert.NotNull(schema["properties"]!["status"]!["properties"]!["containerStatuses"]);

        // What discovery does not say, the documents do not say either.
        Assert.Equal(["get", "post"], Operations("/api/v1/namespaces"));

        IEnumerable<string> Operations(string path) =>
            document["paths"]![path]!.AsObject().Select(member => member.Key).Where(key => key != "parameters");
    }

    [Fact]
    public async Task Without_logs_to_show_no_replica_is_among_the_pods()
    {
        await using Hosting.EmbeddedApiServer plain = await SharedServer.StartAnotherAsync(options => options);
        using var api = new Api(plain.CreateClient());
        await api.PostAsync("/api/v1/namespaces", Objects.Meta("v1", "Namespace", "plain"));
        await api.PostAsync(Replicas("plain"), Replica("a"));
        await api.MergeAsync(Replicas("plain", "a") + "/status", new JsonObject { ["status"] = Objects.Parse(Statuses.Ready) });
        Assert.Empty((await api.GetAsync(PathOf("plain")))["items"]!.AsArray());
    }

    private static void AssertJson(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(Objects.Parse(expected), actual), actual?.ToJsonString());

    private static async Task<string> SeenAsync(WatchClient watch)
    {
        JsonObject next = (await watch.NextAsync())!;
        return $"{next["type"]} {next["object"]!["status"]!["phase"]} {next["object"]!["metadata"]!["resourceVersion"]}";
    }
}
