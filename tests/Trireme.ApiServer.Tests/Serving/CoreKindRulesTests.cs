using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>What Kubernetes asks of its own kinds and of the metadata of all.</summary>
public sealed class CoreKindRulesTests(SharedServer shared)
{
    private static readonly string MegabyteAndMore = new('x', (1 << 20) + 1);

    private Api Api => shared.Api;

    public static TheoryData<string, string, string> Refused => new()
    {
        { "configmaps", """{"data":{"a b":"x"}}""", "data[a b]" },
        { "configmaps", """{"data":{"..":"x"}}""", "data[..]" },
        { "configmaps", """{"data":{"..a":"x"}}""", "data[..a]" },
        { "configmaps", """{"data":{"":"x"}}""", "data[]" },
        { "configmaps", """{"binaryData":{"a/b":"eA=="}}""", "binaryData[a/b]" },
        { "configmaps", """{"binaryData":{"a":"!"}}""", "binaryData[a]" },
        { "configmaps", """{"data":{"a":"x"},"binaryData":{"a":"eA=="}}""", "data[a]" },
        { "configmaps", $$$"""{"data":{"a":"{{{MegabyteAndMore}}}"}}""", "data" },
        { "secrets", """{"data":{"a":"!!!"}}""", "data[a]" },
        { "secrets", """{"data":{"a b":"eA=="}}""", "data[a b]" },
        { "secrets", $$$"""{"stringData":{"a":"{{{MegabyteAndMore}}}"}}""", "data" },
        { "secrets", """{"type":"kubernetes.io/tls","data":{"tls.crt":""}}""", "data[tls.key]" },
        { "secrets", """{"type":"kubernetes.io/ssh-auth"}""", "data[ssh-privatekey]" },
        { "secrets", """{"type":"kubernetes.io/basic-auth"}""", "data[username]" },
        { "secrets", """{"type":"kubernetes.io/dockerconfigjson","stringData":{".dockerconfigjson":"{"}}""", "data[.dockerconfigjson]" },
        { "secrets", """{"type":"kubernetes.io/dockercfg"}""", "data[.dockercfg]" },
        { "secrets", """{"type":"kubernetes.io/service-account-token"}""", "metadata.annotations[kubernetes.io/service-account.name]" },
        { "events", """{"involvedObject":{"namespace":"other"}}""", "involvedObject.namespace" },
        { "events", """{"involvedObject":{}}""", "involvedObject.namespace" },
        { "leases", """{"spec":{"leaseDurationSeconds":0}}""", "spec.leaseDurationSeconds" },
        { "leases", """{"spec":{"leaseTransitions":-1}}""", "spec.leaseTransitions" },
        { "configmaps", """{"metadata":{"labels":{"A..b/c":"x"}}}""", "metadata.labels" },
        { "configmaps", """{"metadata":{"labels":{"a/b/c":"x"}}}""", "metadata.labels" },
        { "configmaps", """{"metadata":{"annotations":{"a b":"x"}}}""", "metadata.annotations" },
        { "configmaps", """{"metadata":{"generateName":"A-"}}""", "metadata.generateName" },
        { "configmaps", """{"metadata":{"finalizers":["a b"]}}""", "metadata.finalizers" },
        {
            "configmaps", """{"metadata":{"ownerReferences":[{"apiVersion":"a/b/c","kind":"K","name":"n","uid":"u"}]}}""",
            "metadata.ownerReferences[0].apiVersion"
        },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task It_is_refused_with_the_field(string plural, string body, string field)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject sent = Map(body);
        sent["metadata"] ??= new JsonObject();
        sent["metadata"]!["name"] = "x";
        JsonObject status = await Api.PostAsync(PathOf(ns, plural), sent, expect: 422);
        Assert.Contains(status["details"]!["causes"]!.AsArray(), cause => (string?)cause!["field"] == field);
    }

    public static TheoryData<string, string> Taken => new()
    {
        { "configmaps", """{"data":{"a.b_c-D":"x",".hidden":"y"},"binaryData":{"b":"eA=="}}""" },
        { "configmaps", $$$"""{"data":{"a":"{{{MegabyteAndMore[..^8]}}}"}}""" },
        { "secrets", """{"type":"kubernetes.io/tls","stringData":{"tls.crt":"a","tls.key":"b"}}""" },
        { "secrets", """{"type":"kubernetes.io/basic-auth","data":{"password":"eA=="}}""" },
        { "secrets", """{"type":"kubernetes.io/dockerconfigjson","stringData":{".dockerconfigjson":"{}"}}""" },
        { "secrets", """{"type":"example.com/any"}""" },
        { "leases", """{"spec":{"leaseDurationSeconds":1,"leaseTransitions":0}}""" },
        { "configmaps", """{"metadata":{"labels":{"example.com/a.b_c-d":"V.a_l-1","e":""},"annotations":{"Example.COM/x":"any\n"}}}""" },
        { "configmaps", """{"metadata":{"generateName":"a-"}}""" },
    };

    [Theory]
    [MemberData(nameof(Taken))]
    public async Task It_is_taken(string plural, string body)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject sent = Map(body);
        sent["metadata"] ??= new JsonObject();
        sent["metadata"]!["name"] = "x";
        await Api.PostAsync(PathOf(ns, plural), sent);
    }

    [Fact]
    public async Task Annotations_are_bounded_together()
    {
        string ns = await shared.NewNamespaceAsync();
        string half = new('x', 128 << 10);
        JsonObject map = ConfigMap("a").With("annotations", new JsonObject { ["a"] = half, ["b"] = half });
        JsonObject status = await Api.PostAsync(ConfigMaps(ns), map, expect: 422);
        JsonNode cause = status["details"]!["causes"]![0]!;
        Assert.Equal(("metadata.annotations", "FieldValueTooLong"), ((string?)cause["field"], (string?)cause["reason"]));
        map["metadata"]!["annotations"]!["b"] = half[..^2];
        await Api.PostAsync(ConfigMaps(ns), map);
    }

    [Fact]
    public async Task The_type_of_a_secret_stays_also_where_nobody_speaks_of_it()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(PathOf(ns, "secrets"), Map("""{"metadata":{"name":"s"},"type":"example.com/a"}"""));
        JsonObject refused = await Api.MergeAsync(PathOf(ns, "secrets") + "/s", Parse("""{"type":"other"}"""), expect: 422);
        Assert.Contains("type: the field is immutable", refused.Message(), StringComparison.Ordinal);
        JsonObject replaced = await Api.PutAsync(PathOf(ns, "secrets") + "/s", Map("""{"metadata":{"name":"s"},"data":{"a":"eA=="}}"""));
        Assert.Equal("example.com/a", (string?)replaced["type"]);
    }

    [Fact]
    public async Task A_finalizer_without_a_domain_is_one_of_kubernetes_own()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject map = ConfigMap("a").With("finalizers", new JsonArray("example.com/hold", "mine"));
        JsonObject refused = await Api.PostAsync(ConfigMaps(ns), map, expect: 422);
        JsonNode cause = refused["details"]!["causes"]!.AsArray().Single()!;
        Assert.Equal("metadata.finalizers[1]", (string?)cause["field"]);
        Assert.Contains("neither a standard finalizer name nor is it fully qualified", refused.Message(), StringComparison.Ordinal);
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a").With("finalizers", new JsonArray("example.com/hold", "kubernetes")));
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"metadata":{"finalizers":["kubernetes","mine"]}}"""), expect: 422);
    }

    [Fact]
    public async Task A_custom_kind_is_warned_once_of_a_finalizer_without_a_domain()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject service = Service("a").With("finalizers", new JsonArray("mine", "example.com/hold"));
        (_, _, var headers) = await Api.SendTextAsync(HttpMethod.Post, Services(ns), service.ToJsonString());
        string warning = headers.GetValues("Warning").Single();
        Assert.Contains("\\\"mine\\\": prefer a domain-qualified finalizer", warning, StringComparison.Ordinal);
        (_, _, headers) = await Api.SendTextAsync(
            HttpMethod.Patch, Services(ns, "a"), """{"spec":{"replicas":2}}""", "application/merge-patch+json");
        Assert.False(headers.Contains("Warning"));
    }

    [Fact]
    public async Task A_lease_is_made_by_a_put_and_replaced_only_at_its_version()
    {
        string ns = await shared.NewNamespaceAsync();
        string path = PathOf(ns, "leases") + "/l";
        JsonObject lease = Map("""{"metadata":{"name":"l"},"spec":{"holderIdentity":"a"}}""");
        await Api.PutAsync(ConfigMaps(ns, "l"), Map("""{"metadata":{"name":"l"}}"""), expect: 404);
        JsonObject made = await Api.PutAsync(path, lease.DeepClone(), expect: 201);
        Assert.Null(made["metadata"]!["generation"]);
        await Api.PutAsync(path, lease, expect: 422);
        made["spec"]!["holderIdentity"] = "b";
        Assert.Equal("b", (string?)(await Api.PutAsync(path, made))["spec"]!["holderIdentity"]);
    }

    [Fact]
    public async Task The_namespaces_of_every_cluster_are_there()
    {
        foreach (string name in (string[])["default", "kube-node-lease", "kube-public", "kube-system"])
        {
            JsonObject @namespace = await Api.GetAsync("/api/v1/namespaces/" + name);
            Assert.Equal(name, (string?)@namespace["metadata"]!["labels"]!["kubernetes.io/metadata.name"]);
        }

        JsonObject relabelled = await Api.MergeAsync(
            "/api/v1/namespaces/kube-public", Parse("""{"metadata":{"labels":{"kubernetes.io/metadata.name":null}}}"""));
        Assert.Equal("kube-public", (string?)relabelled["metadata"]!["labels"]!["kubernetes.io/metadata.name"]);
    }

    [Fact]
    public async Task Custom_kinds_take_no_strategic_merge()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        JsonObject status = await Api.StrategicMergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"replicas":2}}"""), expect: 415);
        Assert.DoesNotContain("strategic-merge-patch+json,", status.Message(), StringComparison.Ordinal);
    }

    private static string PathOf(string ns, string plural) => plural == "leases"
        ? $"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases"
        : $"/api/v1/namespaces/{ns}/{plural}";
}
