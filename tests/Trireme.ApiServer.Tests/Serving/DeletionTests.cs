using System.Text.Json.Nodes;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class DeletionTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task A_deleted_object_is_gone_and_its_identity_is_answered()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject created = await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        JsonObject status = await Api.DeleteAsync(ConfigMaps(ns, "a"));
        Assert.Equal("Success", (string?)status["status"]);
        Assert.Equal(created.Uid(), (string?)status["details"]!["uid"]);
        await Api.GetAsync(ConfigMaps(ns, "a"), expect: 404);
        await Api.DeleteAsync(ConfigMaps(ns, "a"), expect: 404);
    }

    [Fact]
    public async Task Preconditions_protect_another_object_of_the_same_name()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject created = await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await Api.DeleteAsync(ConfigMaps(ns, "a"), Parse("""{"preconditions":{"uid":"another"}}"""), expect: 409);
        await Api.DeleteAsync(ConfigMaps(ns, "a"), Parse("""{"preconditions":{"resourceVersion":"0"}}"""), expect: 409);
        await Api.DeleteAsync(ConfigMaps(ns, "a"), new JsonObject { ["preconditions"] = new JsonObject { ["uid"] = created.Uid() } });
    }

    [Theory]
    [InlineData("""{"preconditions":{"uid":5}}""", "preconditions.uid must be a string")]
    [InlineData("""{"preconditions":{"resourceVersion":1}}""", "preconditions.resourceVersion must be a string")]
    [InlineData("""{"preconditions":{"uid":["a"]}}""", "preconditions.uid must be a string")]
    [InlineData("""{"preconditions":"uid"}""", "preconditions must be an object")]
    public async Task A_precondition_of_another_type_is_refused_and_spares_the_object(string options, string fault)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        JsonObject refused = await Api.DeleteAsync(ConfigMaps(ns, "a"), Parse(options), expect: 400);
        Assert.Contains(fault, refused.Message(), StringComparison.Ordinal);
        await Api.GetAsync(ConfigMaps(ns, "a"));
        await Api.DeleteAsync(ConfigMaps(ns, "a"), Parse("""{"gracePeriodSeconds":0.0}"""));
    }

    [Fact]
    public async Task A_finalizer_holds_an_object_until_it_is_removed()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a").With("finalizers", new JsonArray("example.com/hold")));

        JsonObject deleting = await Api.DeleteAsync(ConfigMaps(ns, "a"));
        Assert.NotNull(deleting["metadata"]!["deletionTimestamp"]);
        JsonObject again = await Api.DeleteAsync(ConfigMaps(ns, "a"));
        Assert.Equal(deleting.Version(), again.Version());

        JsonNode more = Parse("""{"metadata":{"finalizers":["example.com/hold","example.com/late"]}}""");
        await Api.MergeAsync(ConfigMaps(ns, "a"), more, expect: 422);
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"metadata":{"finalizers":null}}"""));
        await Api.GetAsync(ConfigMaps(ns, "a"), expect: 404);
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a").With("labels", Parse("""{"drop":"yes"}""")));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("b"));
        JsonObject deleted = await Api.DeleteAsync(ConfigMaps(ns) + "?labelSelector=drop");
        Assert.Single(deleted["items"]!.AsArray());
        await Api.GetAsync(ConfigMaps(ns, "a"), expect: 404);
        await Api.GetAsync(ConfigMaps(ns, "b"));
    }

    [Fact]
    public async Task Dependents_follow_their_owner_in_the_background()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner"));
        JsonObject child = await Api.PostAsync(ConfigMaps(ns), ConfigMap("child").With("ownerReferences", Owners(owner)));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("grandchild").With("ownerReferences", Owners(child)));
        await Api.DeleteAsync(ConfigMaps(ns, "owner"));
        await GoneAsync(ConfigMaps(ns, "child"));
        await GoneAsync(ConfigMaps(ns, "grandchild"));
    }

    [Fact]
    public async Task A_dependent_with_another_owner_only_forgets_the_gone_one()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject first = await Api.PostAsync(ConfigMaps(ns), ConfigMap("first"));
        JsonObject second = await Api.PostAsync(ConfigMaps(ns), ConfigMap("second"));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("child").With("ownerReferences", Owners(first, second)));
        await Api.DeleteAsync(ConfigMaps(ns, "first"));
        await Eventually.True("only the second owner is left", TimeSpan.FromSeconds(10), async () =>
            (await Api.GetAsync(ConfigMaps(ns, "child")))["metadata"]!["ownerReferences"]!.AsArray() is [{ } left]
            && (string?)left["uid"] == second.Uid(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Orphaned_dependents_stay_and_forget_their_owner()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner"));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("child").With("ownerReferences", Owners(owner)));
        await Api.DeleteAsync(ConfigMaps(ns, "owner"), Parse("""{"propagationPolicy":"Orphan"}"""));
        await GoneAsync(ConfigMaps(ns, "owner"));
        Assert.Null((await Api.GetAsync(ConfigMaps(ns, "child")))["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task A_foreground_deletion_waits_for_blocking_dependents()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner"));
        JsonArray owners = Owners(owner);
        owners[0]!["blockOwnerDeletion"] = true;
        JsonObject child = ConfigMap("child").With("ownerReferences", owners).With("finalizers", new JsonArray("example.com/hold"));
        await Api.PostAsync(ConfigMaps(ns), child);

        await Api.DeleteAsync(ConfigMaps(ns, "owner"), Parse("""{"propagationPolicy":"Foreground"}"""));
        await Eventually.True("the dependent is being deleted", TimeSpan.FromSeconds(10), async () =>
            (await Api.GetAsync(ConfigMaps(ns, "child")))["metadata"]!["deletionTimestamp"] is not null,
            TestContext.Current.CancellationToken);
        await Api.GetAsync(ConfigMaps(ns, "owner"));

        await Api.JsonPatchAsync(ConfigMaps(ns, "child"), Parse("""[{"op":"remove","path":"/metadata/finalizers/0"}]"""));
        await GoneAsync(ConfigMaps(ns, "child"));
        await GoneAsync(ConfigMaps(ns, "owner"));
    }

    [Fact]
    public async Task A_namespace_takes_its_content_with_it()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("plain"));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("held").With("finalizers", new JsonArray("example.com/hold")));

        JsonObject terminating = await Api.DeleteAsync($"/api/v1/namespaces/{ns}");
        Assert.Equal("Terminating", (string?)terminating["status"]!["phase"]);
        JsonObject refused = await Api.PostAsync(ConfigMaps(ns), ConfigMap("late"), expect: 403);
        Assert.Contains("because it is being terminated", refused.Message(), StringComparison.Ordinal);
        await GoneAsync(ConfigMaps(ns, "plain"));
        await Api.GetAsync($"/api/v1/namespaces/{ns}");

        await Api.MergeAsync(ConfigMaps(ns, "held"), Parse("""{"metadata":{"finalizers":null}}"""));
        await GoneAsync($"/api/v1/namespaces/{ns}");
    }

    [Fact]
    public async Task The_default_namespace_stays()
    {
        JsonObject status = await Api.DeleteAsync("/api/v1/namespaces/default", expect: 403);
        Assert.Equal("namespaces \"default\" is forbidden: this namespace may not be deleted", status.Message());
    }

    private static JsonArray Owners(params JsonObject[] owners) => new([.. owners.Select(owner => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["name"] = (string?)owner["metadata"]!["name"],
        ["uid"] = owner.Uid(),
    })]);

    private Task GoneAsync(string path) => Eventually.True($"{path} is gone", TimeSpan.FromSeconds(10), async () =>
        (await Api.SendTextAsync(HttpMethod.Get, path, null)).Code == 404, TestContext.Current.CancellationToken);
}
