using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Pods;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;
using static Trireme.ApiServer.Tests.Workloads.PodObjects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>Pods that clients make, beside those that show replicas.</summary>
public sealed class StoredPodTests(PodServer server) : IClassFixture<PodServer>
{
    private Api Api => server.Api;

    [Fact]
    public async Task Stored_pods_and_replicas_are_one_list_in_pages_that_miss_none()
    {
        string ns = await server.NewNamespaceAsync();
        foreach (string name in (string[])["b", "d", "f"]) await server.CreateAsync(ns, name, Statuses.Ready);
        foreach (string name in (string[])["a", "c", "e", "g"]) await Api.PostAsync(PodsOf(ns), Pod(name));
        for (int limit = 1; limit < 9; limit++)
        {
            var names = new List<string>();
            string next = "";
            do
            {
                JsonObject page = await Api.GetAsync($"{PodsOf(ns)}?limit={limit}&continue={next}");
                Assert.True(page.Names().Length <= limit);
                names.AddRange(page.Names());
                next = (string?)page["metadata"]!["continue"] ?? "";
            }
            while (next.Length > 0);

            Assert.Equal(["a", "b", "c", "d", "e", "f", "g"], names);
        }

        Assert.Equal(["b", "d", "f"], (await Api.GetAsync(PodsOf(ns) + "?labelSelector=trireme.dev/service%3Dtiny")).Names());
        Assert.Equal(["a", "c", "e", "g"], (await Api.GetAsync(PodsOf(ns) + "?fieldSelector=status.phase%3DPending")).Names());
    }

    [Fact]
    public async Task A_page_after_changes_of_both_kinds_is_of_the_state_of_the_first()
    {
        string ns = await server.NewNamespaceAsync();
        foreach (string name in (string[])["b", "d"]) await server.CreateAsync(ns, name, Statuses.Ready);
        foreach (string name in (string[])["a", "c"]) await Api.PostAsync(PodsOf(ns), Pod(name));
        JsonObject first = await Api.GetAsync(PodsOf(ns) + "?limit=1");
        await Api.DeleteAsync(PodsOf(ns, "c"));
        await Api.PostAsync(PodsOf(ns), Pod("bb"));
        await server.CreateAsync(ns, "e", Statuses.Ready);
        JsonObject rest = await Api.GetAsync($"{PodsOf(ns)}?limit=10&continue={first["metadata"]!["continue"]}");
        Assert.Equal(["a", "b", "c", "d"], [.. first.Names(), .. rest.Names()]);
        Assert.Equal(["a", "b", "bb", "d", "e"], (await Api.GetAsync(PodsOf(ns))).Names());
    }

    [Fact]
    public async Task One_watch_shows_both_live_and_from_the_past()
    {
        string ns = await server.NewNamespaceAsync();
        string from = (await Api.GetAsync(PodsOf(ns))).Version();
        await using WatchClient live = await WatchClient.StartAsync(Api, PodsOf(ns), "resourceVersion=" + from);
        await Api.PostAsync(PodsOf(ns), Pod("s"));
        await server.CreateAsync(ns, "r", Statuses.Ready);
        await Api.StatusAsync(PodsOf(ns, "s"), """{"phase":"Running"}""");
        await Api.DeleteAsync(PodsOf(ns, "s"));
        await using WatchClient late = await WatchClient.StartAsync(Api, PodsOf(ns), "resourceVersion=" + from);
        foreach (WatchClient watch in (WatchClient[])[live, late])
        {
            foreach (string expected in (string[])["ADDED s", "ADDED r", "MODIFIED s", "DELETED s"])
            {
                Assert.Equal(expected, await watch.NextNameAsync());
            }
        }
    }

    [Fact]
    public async Task No_two_pods_of_a_namespace_bear_one_name()
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "r");
        JsonObject taken = await Api.PostAsync(PodsOf(ns), Pod("r"), expect: 409);
        Assert.Contains("modelreplicas.trireme.dev \"r\" bears the name", taken.Message(), StringComparison.Ordinal);
        await Api.PostAsync(PodsOf(ns), Pod("p"));
        taken = await Api.PostAsync(PodServer.Replicas(ns), PodServer.Replica("p"), expect: 409);
        Assert.Contains("pods \"p\" bears the name", taken.Message(), StringComparison.Ordinal);

        // However many try at once: of each name there is one.
        string[] names = [.. Enumerable.Range(0, 16).Select(static i => $"race-{i}")];
        int[] codes = await Task.WhenAll(names.SelectMany(name => (Task<int>[])
        [
            CodeAsync(PodsOf(ns), Pod(name)), CodeAsync(PodServer.Replicas(ns), PodServer.Replica(name)),
        ]));
        Assert.Equal((16, 16), (codes.Count(static code => code == 201), codes.Count(static code => code == 409)));
    }

    [Fact]
    public async Task Deleting_all_pods_leaves_those_of_replicas_and_says_so()
    {
        string ns = await server.NewNamespaceAsync();
        await server.CreateAsync(ns, "r", Statuses.Ready);
        await Api.PostAsync(PodsOf(ns), Pod("a"));
        await Api.PostAsync(PodsOf(ns), Pod("b"));
        (int code, _, var headers) = await Api.SendTextAsync(HttpMethod.Delete, PodsOf(ns), null);
        Assert.Equal(200, code);
        Assert.Contains("1 that show a ModelReplica stay", headers.Warning.ToString(), StringComparison.Ordinal);
        Assert.Equal(["r"], (await Api.GetAsync(PodsOf(ns))).Names());
    }

    public static TheoryData<string, string, string, string> Faults => new()
    {
        { """{"restartPolicy":"Sometimes"}""", "{}", "spec.restartPolicy: FieldValueNotSupported", "Unsupported value: \"Sometimes\"" },
        { """{"containers":[]}""", "{}", "spec.containers: FieldValueRequired", "Required value" },
        { "{}", """{"name":"Bad_Name"}""", "spec.containers[0].name: FieldValueInvalid", "a lowercase RFC 1123 label" },
        { "{}", """{"image":""}""", "spec.containers[0].image: FieldValueRequired", "Required value" },
        {
            "{}", """{"ports":[{"containerPort":0}]}""", "spec.containers[0].ports[0].containerPort: FieldValueInvalid",
            "must be between 1 and 65535, inclusive"
        },
        {
            "{}", """{"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}}""",
            "spec.containers[0].resources.requests: FieldValueInvalid", "must be less than or equal to cpu limit of 1"
        },
        {
            "{}", """{"resources":{"limits":{"cpu":"much"}}}""", "spec.containers[0].resources.limits[cpu]: FieldValueInvalid",
            "quantities must match"
        },
        {
            "{}", """{"resources":{"requests":{"gpu":"1"}}}""", "spec.containers[0].resources.requests[gpu]: FieldValueInvalid",
            "must be a standard resource for containers"
        },
        {
            "{}", """{"resources":{"limits":{"pods":"1"}}}""", "spec.containers[0].resources.limits[pods]: FieldValueInvalid",
            "must be a standard resource for containers"
        },
        {
            "{}", """{"volumeMounts":[{"name":"v","mountPath":"/v"}]}""",
            "spec.containers[0].volumeMounts[0].name: FieldValueNotFound", "Not found: \"v\""
        },
        {
            """{"terminationGracePeriodSeconds":-1}""", "{}", "spec.terminationGracePeriodSeconds: FieldValueInvalid",
            "must be greater than or equal to 0"
        },
        { """{"dnsPolicy":"Mine"}""", "{}", "spec.dnsPolicy: FieldValueNotSupported", "supported values: \"ClusterFirst\"" },
        {
            """{"tolerations":[{"key":"a","operator":"Near"}]}""", "{}", "spec.tolerations[0].operator: FieldValueNotSupported",
            "Unsupported value: \"Near\""
        },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_no_cluster_takes_is_refused_with_its_field(string spec, string container, string cause, string message)
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject refused = await Api.PostAsync(PodsOf(ns), Pod("p", spec, container), expect: 422);
        Assert.Contains(cause, refused.Causes());
        Assert.Contains(message, refused.Message(), StringComparison.Ordinal);
        Assert.Empty((await Api.GetAsync(PodsOf(ns))).Names());
    }

    public static TheoryData<string, int, string> Updates => new()
    {
        { """{"spec":{"restartPolicy":"Never"}}""", 422, "changed: spec.restartPolicy" },
        { """{"spec":{"nodeName":"n1"}}""", 422, "changed: spec.nodeName" },
        { """{"spec":{"activeDeadlineSeconds":60}}""", 200, "" },
        { """{"spec":{"tolerations":[]}}""", 422, "existing toleration can not be modified" },
        { """{"spec":{"priority":7}}""", 422, "changed: spec.priority" },
        { """{"metadata":{"labels":{"a":"b"}}}""", 200, "" },
        { """{"status":{"phase":"Failed"}}""", 200, "" },
    };

    [Theory]
    [MemberData(nameof(Updates))]
    public async Task Few_fields_of_a_pod_change(string patch, int code, string message)
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(PodsOf(ns), Pod("p"));
        JsonObject answer = await Api.MergeAsync(PodsOf(ns, "p"), Parse(patch), expect: code);
        if (code == 422) Assert.Contains(message, answer.Message(), StringComparison.Ordinal);
        else Assert.Equal("Pending", (string?)answer["status"]!["phase"]);
    }

    [Fact]
    public async Task Images_change_and_are_counted_as_a_generation()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject pod = await Api.PostAsync(PodsOf(ns), Pod("p"));
        Assert.Equal(1, (int?)pod["metadata"]!["generation"]);
        pod = await Api.StrategicMergeAsync(PodsOf(ns, "p"), Parse("""{"spec":{"containers":[{"name":"c","image":"example.com/c:2"}]}}"""));
        Assert.Equal(("example.com/c:2", 2), ((string?)pod["spec"]!["containers"]![0]!["image"], (int?)pod["metadata"]!["generation"]));
    }

    [Fact]
    public async Task A_status_sticks_and_a_wrong_address_does_not()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(PodsOf(ns), Pod("p"));
        JsonObject pod = await Api.StatusAsync(
            PodsOf(ns, "p"),
            """{"phase":"Running","podIP":"10.1.1.1","podIPs":[{"ip":"10.1.1.1"}],"conditions":[{"type":"Ready","status":"True"}]}""");
        pod["status"]!["phase"] = "Failed";
        Assert.Equal("Running", (string?)(await Api.PutAsync(PodsOf(ns, "p"), pod))["status"]!["phase"]);
        JsonObject refused = await Api.MergeAsync(
            PodsOf(ns, "p") + "/status", Parse("""{"status":{"podIP":"nope","podIPs":[{"ip":"nope"}]}}"""), expect: 422);
        Assert.Equal(["status.podIPs[0].ip: FieldValueInvalid"], refused.Causes());
    }

    [Fact]
    public async Task What_kubernetes_warns_of_is_taken_with_a_warning()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject pod = Pod(
            "p", """{"nodeSelector":{"beta.kubernetes.io/os":"linux"},"nope":1}""",
            """{"env":[{"name":"A","value":"1"},{"name":"A","value":"2"}],"ports":[{"containerPort":53},{"containerPort":53}]}""");
        (int code, _, var headers) = await Api.SendTextAsync(HttpMethod.Post, PodsOf(ns), pod.ToJsonString());
        Assert.Equal(201, code);
        string[] warnings = [.. headers.GetValues("Warning").SelectMany(static value => value.Split(", 299"))];
        Assert.Equal(4, warnings.Length);
        string all = string.Join('\n', warnings);
        Assert.Contains("\"unknown field \\\"spec.nope\\\"\"", all, StringComparison.Ordinal);
        Assert.Contains("spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14", all, StringComparison.Ordinal);
        Assert.Contains("spec.containers[0].env[1]: hides previous definition of \\\"A\\\"", all, StringComparison.Ordinal);
        Assert.Contains("spec.containers[0].ports[1]: duplicate port definition", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bound_pod_goes_when_its_time_is_over_or_shortened_and_an_unbound_one_at_once()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(PodsOf(ns), Pod("free"));
        await Api.DeleteAsync(PodsOf(ns, "free"));
        await Api.GetAsync(PodsOf(ns, "free"), expect: 404);

        await Api.PostAsync(PodsOf(ns), Pod("bound", """{"nodeName":"n1"}"""));
        JsonObject going = await Api.DeleteAsync(PodsOf(ns, "bound"));
        Assert.Equal((30, 2), ((int?)going["metadata"]!["deletionGracePeriodSeconds"], (int?)going["metadata"]!["generation"]));
        JsonObject longer = await Api.DeleteAsync(PodsOf(ns, "bound"), Parse("""{"gracePeriodSeconds":60}"""));
        Assert.Equal(going.Version(), longer.Version());
        JsonObject shorter = await Api.DeleteAsync(PodsOf(ns, "bound") + "?gracePeriodSeconds=7");
        Assert.Equal(7, (int?)shorter["metadata"]!["deletionGracePeriodSeconds"]);
        await Api.MergeAsync(PodsOf(ns, "bound"), Parse("""{"metadata":{"labels":{"a":"b"}}}"""));
        Assert.Equal("Pod", (string?)(await Api.DeleteAsync(PodsOf(ns, "bound"), Parse("""{"gracePeriodSeconds":0}""")))["kind"]);
        await Api.GetAsync(PodsOf(ns, "bound"), expect: 404);

        await Api.PostAsync(PodsOf(ns), Pod("ended", """{"nodeName":"n1"}"""));
        await Api.StatusAsync(PodsOf(ns, "ended"), """{"phase":"Succeeded"}""");
        await Api.DeleteAsync(PodsOf(ns, "ended"));
        await Api.GetAsync(PodsOf(ns, "ended"), expect: 404);
        await Api.DeleteAsync(PodsOf(ns, "ended"), Parse("""{"gracePeriodSeconds":-1}"""), expect: 422);
    }

    [Theory]
    [InlineData("log", "GET", 204, "")]
    [InlineData("log?container=nope", "GET", 400, "container nope is not valid for pod p")]
    [InlineData("log?tailLines=-1", "GET", 422, "tailLines: Invalid value: -1")]
    [InlineData("exec?command=ls", "POST", 400, "pod p does not have a host assigned")]
    [InlineData("attach", "GET", 400, "pod p does not have a host assigned")]
    [InlineData("portforward", "POST", 400, "pod p does not have a host assigned")]
    [InlineData("ephemeralcontainers", "GET", 404, "")]
    public async Task A_pod_without_a_machine_has_no_log_and_no_connections(string part, string method, int code, string message)
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(PodsOf(ns), Pod("p"));
        (int answered, string text, _) = await Api.SendTextAsync(HttpMethod.Parse(method), $"{PodsOf(ns, "p")}/{part}", null);
        Assert.Equal(code, answered);
        Assert.Contains(message, text, StringComparison.Ordinal);
        (answered, _, _) = await Api.SendTextAsync(HttpMethod.Parse(method), $"{PodsOf(ns, "none")}/{part}", null);
        Assert.Equal(404, answered);
    }

    [Fact]
    public async Task Pods_of_a_namespace_that_goes_end_before_what_they_may_read()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("c"));
        await Api.PostAsync(PodsOf(ns), Pod("p").With("finalizers", new JsonArray("example.com/h")));
        await Api.DeleteAsync("/api/v1/namespaces/" + ns);
        await Eventually.True(
            "the pod is being deleted", Soon,
            async () => (await Api.GetAsync(PodsOf(ns, "p")))["metadata"]!["deletionTimestamp"] is not null,
            TestContext.Current.CancellationToken);
        // The conditions say what is left once a step has been made that could go no further.
        await Eventually.True(
            "the conditions", Soon,
            async () => (await Api.GetAsync("/api/v1/namespaces/" + ns))["status"]!["conditions"] is not null,
            TestContext.Current.CancellationToken);
        Assert.Null((await Api.GetAsync(ConfigMaps(ns, "c")))["metadata"]!["deletionTimestamp"]);
        await Api.MergeAsync(PodsOf(ns, "p"), Parse("""{"metadata":{"finalizers":null}}"""));
        await Eventually.True(
            "the namespace is gone", Soon, async () => await CodeAsync("/api/v1/namespaces/" + ns) == 404,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_container_is_applied_by_its_name_and_each_manager_owns_its_own()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.ApplyAsync(PodsOf(ns, "p"), Pod("p", """{"restartPolicy":"Never"}"""), "one", expect: 201);
        JsonObject other = Meta("v1", "Pod", "p");
        other["spec"] = Parse("""{"containers":[{"name":"c","image":"example.com/other:1"}]}""");
        JsonObject conflict = await Api.ApplyAsync(PodsOf(ns, "p"), other, "two", expect: 409);
        Assert.Equal(".spec.containers[name=\"c\"].image", (string?)conflict["details"]!["causes"]![0]!["field"]);
    }

    [Fact]
    public async Task A_gated_pod_says_so_until_it_may_be_scheduled()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject pod = await Api.PostAsync(PodsOf(ns), Pod("p", """{"schedulingGates":[{"name":"example.com/wait"}]}"""));
        JsonNode condition = pod["status"]!["conditions"]!.AsArray().Single()!;
        Assert.Equal(
            ("PodScheduled", "False", "SchedulingGated"),
            ((string?)condition["type"], (string?)condition["status"], (string?)condition["reason"]));
        const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        JsonObject table = await Api.GetAsync(PodsOf(ns), accept: Table);
        Assert.Equal("SchedulingGated", (string?)table["rows"]![0]!["cells"]![2]);
        await Api.MergeAsync(PodsOf(ns, "p"), Parse("""{"spec":{"schedulingGates":null}}"""));
        JsonObject binding = Meta("v1", "Binding", "p");
        binding["target"] = Parse("""{"kind":"Node","name":"n1"}""");
        await Api.PostAsync(PodsOf(ns, "p") + "/binding", binding);
        JsonObject bound = await Api.GetAsync(PodsOf(ns, "p"));
        Assert.Equal("True", (string?)bound["status"]!["conditions"]!.AsArray().Single()!["status"]);
    }

    [Theory]
    [InlineData("spec.hostNetwork=false", "own")]
    [InlineData("spec.hostNetwork!=false", "shared")]
    [InlineData("spec.hostNetwork=true", "shared")]
    public async Task A_field_that_is_not_said_is_selected_by_what_it_means(string selector, string expected)
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(PodsOf(ns), Pod("own"));
        await Api.PostAsync(PodsOf(ns), Pod("shared", """{"hostNetwork":true}"""));
        Assert.Equal([expected], (await Api.GetAsync($"{PodsOf(ns)}?fieldSelector={Uri.EscapeDataString(selector)}")).Names());
    }

    [Fact]
    public async Task Priorities_come_from_classes()
    {
        const string Classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
        string ns = await server.NewNamespaceAsync();
        Assert.Equal(2_000_001_000, (int?)(await Api.GetAsync(Classes + "/system-node-critical"))["value"]);
        JsonObject mine = Meta("scheduling.k8s.io/v1", "PriorityClass", "mine");
        mine["value"] = 1000;
        mine["preemptionPolicy"] = "Never";
        await Api.PostAsync(Classes, mine);
        JsonObject pod = await Api.PostAsync(PodsOf(ns), Pod("a", """{"priorityClassName":"mine"}"""));
        Assert.Equal((1000, "Never"), ((int?)pod["spec"]!["priority"], (string?)pod["spec"]!["preemptionPolicy"]));
        JsonObject refused = await Api.PostAsync(PodsOf(ns), Pod("b", """{"priority":5}"""), expect: 403);
        Assert.Contains("the integer value of priority (5) must not be provided in pod spec", refused.Message(), StringComparison.Ordinal);
        mine["value"] = 7;
        Assert.Equal(["value: FieldValueInvalid"], (await Api.PutAsync(Classes + "/mine", mine, expect: 422)).Causes());
        await Api.DeleteAsync(Classes + "/system-cluster-critical", expect: 403);
        JsonObject system = Meta("scheduling.k8s.io/v1", "PriorityClass", "system-mine");
        Assert.Equal(["metadata.name: FieldValueForbidden"], (await Api.PostAsync(Classes, system, expect: 422)).Causes());
        await Api.DeleteAsync(Classes + "/mine");
    }

    [Fact]
    public async Task Pods_survive_a_restart_with_all_that_was_said_of_them()
    {
        using var folder = new TemporaryFolder();
        JsonObject before;
        await using (EmbeddedApiServer first = await StartAsync(folder))
        {
            using var api = new Api(first.CreateClient());
            await api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "kept"));
            await api.PostAsync(PodsOf("kept"), Pod("p", """{"nodeName":"n1"}"""));
            await api.StatusAsync(PodsOf("kept", "p"), """{"phase":"Running"}""");
            before = await api.DeleteAsync(PodsOf("kept", "p"));
        }

        await using EmbeddedApiServer second = await StartAsync(folder);
        using var again = new Api(second.CreateClient());
        JsonObject after = await again.GetAsync(PodsOf("kept", "p"));
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    private static Task<EmbeddedApiServer> StartAsync(TemporaryFolder folder) =>
        EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = folder.Path }, TestContext.Current.CancellationToken);

    private async Task<int> CodeAsync(string path, JsonObject? created = null)
    {
        (int code, _, _) = await Api.SendTextAsync(created is null ? HttpMethod.Get : HttpMethod.Post, path, created?.ToJsonString());
        return code;
    }
}
