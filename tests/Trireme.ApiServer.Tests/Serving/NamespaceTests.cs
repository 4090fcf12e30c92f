using System.Text.Json.Nodes;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>The life of a namespace, in the words and steps recorded from a Kubernetes API server.</summary>
public sealed class NamespaceTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task What_is_left_in_a_namespace_that_goes_is_in_its_conditions()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("held").With("finalizers", new JsonArray("example.com/h")));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("plain"));
        await Api.DeleteAsync(Path(ns));
        JsonObject held = await ConditionsAsync(ns, "NamespaceContentRemaining", "True");
        Assert.Equal(Recorded("True"), Conditions(held));

        await Api.MergeAsync(ConfigMaps(ns, "held"), Parse("""{"metadata":{"finalizers":null}}"""));
        await GoneAsync(Path(ns));
    }

    [Fact]
    public async Task The_last_states_of_a_namespace_are_those_that_were_recorded()
    {
        string ns = await shared.NewNamespaceAsync();
        string path = $"/api/v1/namespaces?watch=1&fieldSelector=metadata.name={ns}&timeoutSeconds=20";
        using HttpResponseMessage watch = await Api.Http.GetAsync(
            new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await watch.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        await Api.DeleteAsync(Path(ns));
        var seen = new List<string>();
        while (seen is not [.., "DELETED Terminating 5"])
        {
            JsonObject change = Map((await lines.ReadLineAsync(TestContext.Current.CancellationToken))!);
            JsonNode status = change["object"]!["status"]!;
            seen.Add($"{change["type"]} {status["phase"]} {(status["conditions"] as JsonArray)?.Count ?? 0}");
            if (seen[^1] == "DELETED Terminating 5") Assert.Equal(Recorded("False"), Conditions(change["object"]!.AsObject()));
        }

        Assert.Equal(["ADDED Active 0", "MODIFIED Terminating 0", "MODIFIED Terminating 5", "DELETED Terminating 5"], seen);
    }

    [Fact]
    public async Task A_namespace_that_goes_takes_nothing_new_and_says_why()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("held").With("finalizers", new JsonArray("example.com/h")));
        await Api.DeleteAsync(Path(ns));
        foreach (string query in (string[])["", "?dryRun=All"])
        {
            JsonObject refused = await Api.PostAsync(ConfigMaps(ns) + query, ConfigMap("late"), expect: 403);
            string recorded = """
                {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
                 "message":"configmaps \"late\" is forbidden: unable to create new content in namespace NS because it is being terminated",
                 "reason":"Forbidden",
                 "details":{"name":"late","kind":"configmaps","causes":[{"reason":"NamespaceTerminating",
                   "message":"namespace NS is being terminated","field":"metadata.namespace"}]},
                 "code":403}
                """.Replace("NS", ns, StringComparison.Ordinal);
            Assert.True(JsonNode.DeepEquals(Parse(recorded), refused), $"{refused}\ninstead of\n{recorded}");
        }

        await Api.MergeAsync(ConfigMaps(ns, "held"), Parse("""{"metadata":{"finalizers":null}}"""));
        await GoneAsync(Path(ns));
    }

    [Fact]
    public async Task Finalizers_of_the_spec_are_set_by_finalize_alone_and_hold_the_namespace()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject space = await Api.GetAsync(Path(ns));
        space["spec"] = Parse("""{"finalizers":["example.com/last","kubernetes"]}""");
        JsonObject unchanged = await Api.PutAsync(Path(ns), space.DeepClone());
        Assert.Equal("""["kubernetes"]""", unchanged["spec"]!["finalizers"]!.ToJsonString());
        JsonObject changed = await Api.PutAsync(Path(ns) + "/finalize", space.DeepClone());
        Assert.Equal("""["example.com/last","kubernetes"]""", changed["spec"]!["finalizers"]!.ToJsonString());
        space["spec"] = Parse("""{"finalizers":["nameless"]}""");
        space["metadata"]!["resourceVersion"] = changed.Version();
        await Api.PutAsync(Path(ns) + "/finalize", space.DeepClone(), expect: 422);

        await Api.DeleteAsync(Path(ns));
        JsonObject emptied = await ConditionsAsync(ns, "NamespaceContentRemaining", "False");
        await Eventually.True("the collector's finalizer is gone", TimeSpan.FromSeconds(10), async () =>
        {
            emptied = await Api.GetAsync(Path(ns));
            return emptied["spec"]!["finalizers"]!.ToJsonString() == """["example.com/last"]""";
        }, TestContext.Current.CancellationToken);
        emptied["spec"] = new JsonObject();
        await Api.PutAsync(Path(ns) + "/finalize", emptied);
        await Api.GetAsync(Path(ns), expect: 404);
    }

    [Fact]
    public async Task A_namespace_with_content_is_not_let_go_by_force()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("held").With("finalizers", new JsonArray("example.com/h")));
        JsonObject space = await Api.DeleteAsync(Path(ns));
        space["spec"] = new JsonObject();
        space["metadata"]!.AsObject().Remove("resourceVersion");
        JsonObject refused = await Api.PutAsync(Path(ns) + "/finalize", space, expect: 409);
        Assert.Contains("the namespace still holds 1 configmaps", refused.Message(), StringComparison.Ordinal);

        await Api.MergeAsync(ConfigMaps(ns, "held"), Parse("""{"metadata":{"finalizers":null}}"""));
        await GoneAsync(Path(ns));
    }

    [Fact]
    public async Task A_namespace_without_its_finalizer_still_takes_its_content_with_it()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("inside"));
        JsonObject space = await Api.GetAsync(Path(ns));
        space["spec"] = new JsonObject();
        await Api.PutAsync(Path(ns) + "/finalize", space);
        await Api.DeleteAsync(Path(ns));
        await GoneAsync(Path(ns));
        await Api.GetAsync(ConfigMaps(ns, "inside"), expect: 404);
    }

    [Fact]
    public async Task A_deletion_in_the_foreground_does_not_keep_a_namespace()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner").With("finalizers", new JsonArray("foregroundDeletion")));
        JsonNode owners = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "owner", ["uid"] = owner.Uid(), ["blockOwnerDeletion"] = true,
        });
        await Api.PostAsync(
            ConfigMaps(ns), ConfigMap("child").With("ownerReferences", owners).With("finalizers", new JsonArray("example.com/h")));
        await Api.DeleteAsync(Path(ns));
        await GoneAsync(ConfigMaps(ns, "owner"));
        await Api.MergeAsync(ConfigMaps(ns, "child"), Parse("""{"metadata":{"finalizers":null}}"""));
        await GoneAsync(Path(ns));
    }

    [Fact]
    public async Task Namespaces_are_deleted_one_by_one_and_named_like_hosts()
    {
        await Api.DeleteAsync("/api/v1/namespaces", expect: 405);
        await Api.DeleteAsync("/api/v1/namespaces/kube-system", expect: 403);
        await Api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "with.dots"), expect: 422);
        await Api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", new string('n', 64)), expect: 422);
    }

    private static string Path(string ns) => $"/api/v1/namespaces/{ns}";

    /// <summary>The conditions of a namespace with one held ConfigMap, and of an empty one, as the recorded server wrote them.</summary>
    private static string Recorded(string remaining) => string.Join('\n',
        "NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered",
        "NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed",
        "NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization",
        remaining == "True"
            ? "NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances"
            : "NamespaceContentRemaining False ContentRemoved: All content successfully removed",
        remaining == "True"
            ? "NamespaceFinalizersRemaining True SomeFinalizersRemain: "
                + "Some content in the namespace has finalizers remaining: example.com/h in 1 resource instances"
            : "NamespaceFinalizersRemaining False ContentHasNoFinalizers: All content-preserving finalizers finished");

    private static string Conditions(JsonObject space) => string.Join(
        '\n',
        space["status"]!["conditions"]!.AsArray().Select(condition =>
            $"{condition!["type"]} {condition["status"]} {condition["reason"]}: {condition["message"]}"));

    private Task<JsonObject> ConditionsAsync(string ns, string type, string status) => Eventually.Get(
        $"{type} is {status}", TimeSpan.FromSeconds(10), async () =>
        {
            JsonObject space = await Api.GetAsync(Path(ns));
            bool holds = (space["status"]!["conditions"] as JsonArray ?? [])
                .Any(condition => (string?)condition!["type"] == type && (string?)condition["status"] == status);
            return holds ? space : null;
        }, TestContext.Current.CancellationToken);

    private Task GoneAsync(string path) => Eventually.True($"{path} is gone", TimeSpan.FromSeconds(10), async () =>
        (await Api.SendTextAsync(HttpMethod.Get, path, null)).Code == 404, TestContext.Current.CancellationToken);
}
