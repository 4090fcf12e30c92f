using System.Text.Json.Nodes;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>What others need is not deleted, and whoever tries is told who needs it.</summary>
public sealed class InUseTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Theory]
    [InlineData("spec.release", "wanted", "wanted-v1", "{}")]
    [InlineData("status.stableRelease", "serving", "v0", """{"stableRelease":{"name":"v0","contentHash":"h"}}""")]
    [InlineData("status.previousRelease", "undo goes back to it", "v0", """{"previousRelease":{"name":"v0","contentHash":"h"}}""")]
    [InlineData("status.traffic", "sending it requests", "v0", """{"traffic":[{"name":"v0","contentHash":"h","weight":5}]}""")]
    [InlineData("status.rollout.from", "rolling out from it", "v0", """
        {"rollout":{"phase":"Progressing","from":{"name":"v0","contentHash":"h"},"to":{"name":"v9","contentHash":"i"},"plan":{}}}
        """)]
    [InlineData("status.rollout.to", "rolling out to it", "v0", """
        {"rollout":{"phase":"Held","from":{"name":"v9","contentHash":"h"},"to":{"name":"v0","contentHash":"i"},"plan":{}}}
        """)]
    public async Task A_release_that_a_service_refers_to_stays(string field, string role, string name, string status)
    {
        string user = $"ModelService \"tiny\" ({role})";
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Releases(ns), Release(name));
        await Api.PostAsync(Services(ns), Service("tiny", release: "wanted-v1"));
        await Api.MergeAsync(Services(ns, "tiny") + "/status", new JsonObject { ["status"] = Parse(status) });

        foreach (string query in (string[])["", "?dryRun=All", "?propagationPolicy=Foreground"])
        {
            JsonObject refused = await Api.DeleteAsync(Releases(ns, name) + query, expect: 409);
            Assert.Equal(
                $"Operation cannot be fulfilled on releases.trireme.dev \"{name}\" in namespace \"{ns}\": it is in use by {user}; "
                + "move them to another one or delete them first",
                refused.Message());
            JsonNode cause = refused["details"]!["causes"]!.AsArray().Single()!;
            Assert.Equal((user, field), ((string?)cause["message"], (string?)cause["field"]));
        }

        JsonObject kept = await Api.GetAsync(Releases(ns, name));
        Assert.True(kept["metadata"]!["deletionTimestamp"] is null);
        await Api.DeleteAsync(Services(ns, "tiny"));
        await Api.DeleteAsync(Releases(ns, name));
    }

    [Theory]
    [InlineData("""
        {"rollout":{"phase":"Promoted","from":{"name":"v0","contentHash":"h"},"to":{"name":"v9","contentHash":"i"},"plan":{}}}
        """)]
    [InlineData("""
        {"rollout":{"phase":"RolledBack","from":{"name":"v9","contentHash":"h"},"to":{"name":"v0","contentHash":"i"},"plan":{}}}
        """)]
    [InlineData("""{"traffic":[{"name":"v0","contentHash":"h","weight":0}]}""")]
    public async Task A_release_that_is_over_may_go(string status)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Releases(ns), Release("v0"));
        await Api.PostAsync(Services(ns), Service("tiny", release: "v9"));
        await Api.MergeAsync(Services(ns, "tiny") + "/status", new JsonObject { ["status"] = Parse(status) });
        await Api.DeleteAsync(Releases(ns, "v0"));
        await Api.GetAsync(Releases(ns, "v0"), expect: 404);
    }

    [Fact]
    public async Task Many_users_are_counted_and_those_of_other_namespaces_do_not_matter()
    {
        string ns = await shared.NewNamespaceAsync();
        string other = await shared.NewNamespaceAsync();
        await Api.PostAsync(Releases(ns), Release("v1"));
        await Api.PostAsync(Releases(other), Release("v1"));
        for (int i = 0; i < 7; i++) await Api.PostAsync(Services(ns), Service($"s{i}", release: "v1"));
        await Api.DeleteAsync(Releases(other, "v1"));
        JsonObject refused = await Api.DeleteAsync(Releases(ns, "v1"), expect: 409);
        Assert.Contains("ModelService \"s4\" (wanted) and 2 more; move them", refused.Message(), StringComparison.Ordinal);
        Assert.Equal(5, refused["details"]!["causes"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_collection_goes_but_for_what_is_in_use()
    {
        string ns = await shared.NewNamespaceAsync();
        foreach (string name in (string[])["a", "b", "c"]) await Api.PostAsync(Releases(ns), Release(name));
        await Api.PostAsync(Services(ns), Service("tiny", release: "b"));
        JsonObject refused = await Api.DeleteAsync(Releases(ns), expect: 409);
        Assert.Contains("releases.trireme.dev \"b\"", refused.Message(), StringComparison.Ordinal);
        JsonObject left = await Api.GetAsync(Releases(ns));
        Assert.Equal("b", (string?)left["items"]!.AsArray().Single()!["metadata"]!["name"]);
    }

    [Fact]
    public async Task Replicas_need_their_release_until_they_or_their_service_go()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Releases(ns), Release("v0"));
        JsonObject service = await Api.PostAsync(Services(ns), Service("tiny", release: "v9"));
        await Api.PostAsync(Replicas(ns), Replica("tiny-1", "v0", service));
        await Api.PostAsync(Replicas(ns), Replica("alone", "v0", owner: null));
        JsonObject refused = await Api.DeleteAsync(Releases(ns, "v0"), expect: 409);
        Assert.Contains(
            "in use by ModelReplica \"alone\" (running it), ModelReplica \"tiny-1\" (running it);",
            refused.Message(),
            StringComparison.Ordinal);

        // One that drains is not started again.
        await Api.DeleteAsync(Replicas(ns, "alone"));
        await Api.DeleteAsync(Services(ns, "tiny"));
        await Api.DeleteAsync(Releases(ns, "v0"));
    }

    [Fact]
    public async Task A_release_whose_owner_goes_follows_with_its_last_user()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(ConfigMaps(ns), ConfigMap("training"));
        JsonNode owners = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "training", ["uid"] = owner.Uid(),
        });
        await Api.PostAsync(Services(ns), Service("tiny", release: "v1"));
        await Api.PostAsync(Releases(ns), Release("v1").With("ownerReferences", owners));
        await Api.DeleteAsync(ConfigMaps(ns, "training"));

        JsonObject told = await Eventually.Get("the event", TimeSpan.FromSeconds(10), async () =>
            (await Api.GetAsync($"/api/v1/namespaces/{ns}/events"))["items"]!.AsArray()
                .FirstOrDefault(item => (string?)item!["reason"] == "DeletionHeld")?.AsObject(), TestContext.Current.CancellationToken);
        Assert.Equal(
            "The owners are gone; it is deleted once it is no longer in use by ModelService \"tiny\" (wanted)", told.Message());
        Assert.Null((await Api.GetAsync(Releases(ns, "v1")))["metadata"]!["deletionTimestamp"]);

        await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"release":"v2"}}"""));
        await GoneAsync(Releases(ns, "v1"));
    }

    [Fact]
    public async Task A_namespace_goes_with_all_that_is_in_use_in_it()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Releases(ns), Release("v1"));
        await Api.PostAsync(Services(ns), Service("tiny", release: "v1"));
        await Api.DeleteAsync($"/api/v1/namespaces/{ns}");
        await GoneAsync($"/api/v1/namespaces/{ns}");
    }

    private static string Releases(string ns, string name = "") =>
        $"{TriremeGroup}/namespaces/{ns}/releases" + (name.Length > 0 ? "/" + name : "");

    private static string Replicas(string ns, string name = "") =>
        $"{TriremeGroup}/namespaces/{ns}/modelreplicas" + (name.Length > 0 ? "/" + name : "");

    private static JsonObject Release(string name)
    {
        JsonObject release = Meta("trireme.dev/v1alpha1", "Release", name);
        release["spec"] = Parse("""{"source":{"path":"models/tiny"}}""");
        return release;
    }

    private static JsonObject Replica(string name, string release, JsonObject? owner)
    {
        JsonObject replica = Meta("trireme.dev/v1alpha1", "ModelReplica", name)
            .With("finalizers", new JsonArray("example.com/drains"));
        replica["spec"] = new JsonObject
        {
            ["service"] = "tiny",
            ["release"] = release,
            ["contentHash"] = "h",
            ["model"] = Parse("""{"uri":"file:///models/tiny"}"""),
        };
        return owner is null ? replica : replica.With("ownerReferences", new JsonArray(new JsonObject
        {
            ["apiVersion"] = "trireme.dev/v1alpha1",
            ["kind"] = "ModelService",
            ["name"] = "tiny",
            ["uid"] = owner.Uid(),
            ["controller"] = true,
        }));
    }

    private Task GoneAsync(string path) => Eventually.True($"{path} is gone", TimeSpan.FromSeconds(10), async () =>
        (await Api.SendTextAsync(HttpMethod.Get, path, null)).Code == 404, TestContext.Current.CancellationToken);
}
