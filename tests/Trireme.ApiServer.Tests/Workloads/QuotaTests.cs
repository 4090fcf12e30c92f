using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;
using static Trireme.ApiServer.Tests.Workloads.PodObjects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>Quotas and limit ranges: what is refused in which words, that no race passes a limit, and that nothing drifts.</summary>
public sealed class QuotaTests(SharedServer server)
{
    private const int Clients = 32;

    private Api Api => server.Api;

    [Fact]
    public async Task However_many_create_at_once_no_limit_is_passed_and_deletions_free()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(QuotasOf(ns), Quota("q", """{"configmaps":"9","requests.cpu":"1","count/secrets":"3"}"""));
        var random = new Random(20_261_201);
        var alive = new HashSet<string>();
        for (int round = 0; round < 4; round++)
        {
            string[] names = [.. Enumerable.Range(0, Clients).Select(i => $"r{round}-{i}")];
            int[] codes = await Task.WhenAll(names.Select(name => CodeAsync(ConfigMaps(ns), ConfigMap(name))));
            foreach (string name in names.Where((_, i) => codes[i] == 201)) alive.Add(name);
            Assert.All(codes, static code => Assert.True(code is 201 or 403, $"answered {code}"));
            Assert.Equal(9, alive.Count);
            Assert.Equal(9, (await Api.GetAsync(ConfigMaps(ns))).Names().Length);

            // What was refused can be read from the quota at once.
            Assert.Equal("9", (string?)(await Api.GetAsync(QuotasOf(ns, "q")))["status"]!["used"]!["configmaps"]);
            foreach (string name in alive.OrderBy(_ => random.Next()).Take(random.Next(1, 9)).ToArray())
            {
                await Api.DeleteAsync(ConfigMaps(ns, name));
                alive.Remove(name);
            }
        }

        int[] pods = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i =>
            CodeAsync(PodsOf(ns), Asking($"p{i}", """{"cpu":"300m"}"""))));
        Assert.Equal(3, pods.Count(static code => code == 201));
    }

    public static TheoryData<string, string, string> Refusals => new()
    {
        { """{"pods":"0"}""", "{}", "exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0" },
        { """{"count/pods":"0"}""", "{}", "exceeded quota: q, requested: count/pods=1, used: count/pods=0, limited: count/pods=0" },
        {
            """{"requests.cpu":"1","limits.memory":"1Gi"}""", "{}",
            "failed quota: q: must specify limits.memory for: c; requests.cpu for: c"
        },
        {
            """{"cpu":"500m","memory":"1Gi"}""", """{"requests":{"cpu":"600m","memory":"2048Mi"}}""",
            "exceeded quota: q, requested: cpu=600m,memory=2Gi, used: cpu=0,memory=0, limited: cpu=500m,memory=1Gi"
        },
        {
            """{"limits.cpu":"1"}""", """{"limits":{"cpu":"1500m"}}""",
            "exceeded quota: q, requested: limits.cpu=1500m, used: limits.cpu=0, limited: limits.cpu=1"
        },
        {
            """{"requests.example.com/gpu":"1"}""",
            """{"requests":{"example.com/gpu":"2"},"limits":{"example.com/gpu":"2"}}""",
            "exceeded quota: q, requested: requests.example.com/gpu=2, used: requests.example.com/gpu=0, "
            + "limited: requests.example.com/gpu=1"
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_pod_over_a_limit_is_told_the_numbers(string hard, string resources, string message)
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(QuotasOf(ns), Quota("q", hard));
        JsonObject pod = Pod("p", container: $$$"""{"resources":{{{resources}}}}""");
        foreach (string query in (string[])["", "?dryRun=All"])
        {
            JsonObject refused = await Api.PostAsync(PodsOf(ns) + query, pod.DeepClone(), expect: 403);
            Assert.Equal($"pods \"p\" is forbidden: {message}", refused.Message());
        }
    }

    public static TheoryData<string, string, bool> Scopes => new()
    {
        { """{"scopes":["BestEffort"]}""", "{}", true },
        { """{"scopes":["NotBestEffort"]}""", "{}", false },
        { """{"scopes":["Terminating"]}""", "{}", false },
        { """{"scopes":["Terminating"]}""", """{"activeDeadlineSeconds":60}""", true },
        { """{"scopes":["NotTerminating"]}""", """{"activeDeadlineSeconds":60}""", false },
        {
            """{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"In","values":["system-node-critical"]}]}}""",
            """{"priorityClassName":"system-node-critical"}""", true
        },
        {
            """{"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"NotIn","values":["a"]}]}}""",
            """{"priorityClassName":"system-node-critical"}""", true
        },
    };

    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task A_scope_says_which_pods_count(string scopes, string spec, bool counts)
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(QuotasOf(ns), Quota("q", """{"pods":"0"}""", scopes));
        await Api.PostAsync(PodsOf(ns), Pod("p", spec), expect: counts ? 403 : 201);
    }

    [Theory]
    [InlineData("""{"configmaps":"1"}""", """["Terminating"]""", "spec.scopes: FieldValueInvalid")]
    [InlineData("""{"requests.cpu":"1"}""", """["BestEffort"]""", "spec.scopes: FieldValueInvalid")]
    [InlineData("""{"pods":"1"}""", """["Terminating","NotTerminating"]""", "spec.scopes: FieldValueInvalid")]
    [InlineData("""{"pods":"1"}""", """["BestEffort","NotBestEffort"]""", "spec.scopes: FieldValueInvalid")]
    [InlineData("""{"pods":"1"}""", """["Mine"]""", "spec.scopes[0]: FieldValueNotSupported")]
    public async Task A_scope_of_what_has_none_is_refused(string hard, string scopes, string cause)
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject refused = await Api.PostAsync(QuotasOf(ns), Quota("q", hard, $$"""{"scopes":{{scopes}} }"""), expect: 422);
        Assert.Contains(cause, refused.Causes());
    }

    [Fact]
    public async Task What_has_ended_takes_nothing_and_the_status_follows()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(QuotasOf(ns), Quota("q", """{"pods":"1","requests.memory":"1Gi","count/jobs.batch":"1"}"""));
        await Api.PostAsync(PodsOf(ns), Asking("a", """{"memory":"768Mi"}"""));
        await UsedAsync(ns, """{"count/jobs.batch":"0","pods":"1","requests.memory":"768Mi"}""");
        await Api.PostAsync(PodsOf(ns), Asking("b", """{"memory":"1Mi"}"""), expect: 403);
        await Api.StatusAsync(PodsOf(ns, "a"), """{"phase":"Succeeded"}""");
        await UsedAsync(ns, """{"count/jobs.batch":"0","pods":"0","requests.memory":"0"}""");
        await Api.PostAsync(PodsOf(ns), Asking("b", """{"memory":"1Gi"}"""));
        await Api.PostAsync(JobsOf(ns), Job("j", """{"suspend":true}"""));
        await Api.PostAsync(JobsOf(ns), Job("k", """{"suspend":true}"""), expect: 403);
        await UsedAsync(ns, """{"count/jobs.batch":"1","pods":"1","requests.memory":"1Gi"}""");
    }

    [Theory]
    [InlineData("""{"pods":"1.5"}""", "spec.hard[pods]: FieldValueInvalid")]
    [InlineData("""{"bananas":"1"}""", "spec.hard[bananas]: FieldValueInvalid")]
    [InlineData("""{"pods":"-1"}""", "spec.hard[pods]: FieldValueInvalid")]
    [InlineData("""{"pods":"many"}""", "spec.hard[pods]: FieldValueInvalid")]
    public async Task A_quota_that_means_nothing_is_refused(string hard, string cause)
    {
        string ns = await server.NewNamespaceAsync();
        Assert.Contains(cause, (await Api.PostAsync(QuotasOf(ns), Quota("q", hard), expect: 422)).Causes());
    }

    [Fact]
    public async Task A_quota_holds_over_a_restart_by_what_is_stored()
    {
        using var folder = new TemporaryFolder();
        for (int start = 0; start < 2; start++)
        {
            await using EmbeddedApiServer own = await EmbeddedApiServer.StartAsync(
                new EmbeddedApiServerOptions { DataFolder = folder.Path }, TestContext.Current.CancellationToken);
            using var api = new Api(own.CreateClient());
            if (start == 0)
            {
                await api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "kept"));
                await api.PostAsync(QuotasOf("kept"), Quota("q", """{"configmaps":"1"}"""));
                await api.PostAsync(ConfigMaps("kept"), ConfigMap("a"));
            }

            JsonObject refused = await api.PostAsync(ConfigMaps("kept"), ConfigMap("b"), expect: 403);
            Assert.Contains("used: configmaps=1, limited: configmaps=1", refused.Message(), StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, string, string> Ranges => new()
    {
        {
            """{"type":"Container","max":{"cpu":"1"}}""", """{"limits":{"cpu":"2"}}""",
            "maximum cpu usage per Container is 1, but limit is 2"
        },
        {
            """{"type":"Container","min":{"cpu":"50m"}}""", """{"requests":{"cpu":"10m"}}""",
            "minimum cpu usage per Container is 50m, but request is 10m"
        },
        { """{"type":"Pod","max":{"memory":"1Gi"}}""", "{}", "maximum memory usage per Pod is 1Gi.  No limit is specified" },
        { """{"type":"Pod","min":{"memory":"1Gi"}}""", "{}", "minimum memory usage per Pod is 1Gi.  No request is specified" },
        {
            """{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"requests":{"cpu":"100m"},"limits":{"cpu":"500m"}}""",
            "cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000"
        },
        {
            """{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", "{}",
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0"
        },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task A_pod_outside_a_range_is_told_the_bound(string item, string resources, string message)
    {
        string ns = await server.NewNamespaceAsync();
        await RangeAsync(ns, item);
        JsonObject refused = await Api.PostAsync(PodsOf(ns), Pod("p", container: $$$"""{"resources":{{{resources}}}}"""), expect: 403);
        Assert.Equal($"pods \"p\" is forbidden: {message}", refused.Message());
    }

    [Fact]
    public async Task What_a_container_leaves_out_comes_from_the_range()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject range = await RangeAsync(ns, """{"type":"Container","max":{"cpu":"1"},"defaultRequest":{"cpu":"100m"}}""");
        Assert.Equal("""{"cpu":"1"}""", range["spec"]!["limits"]![0]!["default"]!.ToJsonString());
        JsonObject pod = await Api.PostAsync(PodsOf(ns), Pod("p"));
        Assert.Equal(
            """{"requests":{"cpu":"100m"},"limits":{"cpu":"1"}}""", pod["spec"]!["containers"]![0]!["resources"]!.ToJsonString());
        Assert.Equal("Burstable", (string?)pod["status"]!["qosClass"]);
        Assert.Equal(
            "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
            (string?)pod["metadata"]!["annotations"]!["kubernetes.io/limit-ranger"]);
    }

    [Theory]
    [InlineData("""{"type":"Container","default":{"cpu":"2"},"max":{"cpu":"1"}}""", "spec.limits[0].default[cpu]")]
    [InlineData("""{"type":"Container","min":{"cpu":"2"},"max":{"cpu":"1"}}""", "spec.limits[0].min[cpu]")]
    [InlineData("""{"type":"Pod","default":{"cpu":"2"}}""", "spec.limits[0].default")]
    [InlineData("""{"type":"Container","maxLimitRequestRatio":{"cpu":"500m"}}""", "spec.limits[0].maxLimitRequestRatio[cpu]")]
    public async Task A_range_that_contradicts_itself_is_refused(string item, string field)
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject range = Meta("v1", "LimitRange", "l");
        range["spec"] = new JsonObject { ["limits"] = new JsonArray(Parse(item)) };
        JsonObject refused = await Api.PostAsync($"/api/v1/namespaces/{ns}/limitranges", range, expect: 422);
        Assert.Contains(refused.Causes(), cause => cause.StartsWith(field + ": ", StringComparison.Ordinal));
    }

    private async Task<JsonObject> RangeAsync(string ns, string item)
    {
        JsonObject range = Meta("v1", "LimitRange", "l");
        range["spec"] = new JsonObject { ["limits"] = new JsonArray(Parse(item)) };
        return await Api.PostAsync($"/api/v1/namespaces/{ns}/limitranges", range);
    }

    private Task UsedAsync(string ns, string used) => Eventually.True(
        used, Soon,
        async () => (await Api.GetAsync(QuotasOf(ns, "q")))["status"]!["used"]?.ToJsonString() == used,
        TestContext.Current.CancellationToken);

    private async Task<int> CodeAsync(string path, JsonObject body)
    {
        (int code, _, _) = await Api.SendTextAsync(HttpMethod.Post, path, body.ToJsonString());
        return code;
    }
}
