using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Who owns whom, and what deletions do with that, over the API.</summary>
public sealed class OwnershipTests(SharedServer shared)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private Api Api => shared.Api;

    [Fact]
    public async Task An_owner_in_another_namespace_owns_nothing_here()
    {
        string home = await shared.NewNamespaceAsync();
        string away = await shared.NewNamespaceAsync();
        JsonObject foreign = await Api.PostAsync(ConfigMaps(away), ConfigMap("foreign"));
        JsonObject own = await Api.PostAsync(ConfigMaps(home), ConfigMap("own"));
        await Api.PostAsync(Secrets(home), Secret("kept").With("ownerReferences", Owners(foreign, own)));
        await Api.PostAsync(Secrets(home), Secret("lost").With("ownerReferences", Owners(foreign)));

        // As for an owner that never was: with no other owner the object goes, and with another one only the reference does.
        await GoneAsync(Secrets(home, "lost"));
        await Api.DeleteAsync(ConfigMaps(away, "foreign"));
        await SettledAsync();
        JsonObject kept = await Api.GetAsync(Secrets(home, "kept"));
        Assert.Equal(own.Uid(), (string?)kept["metadata"]!["ownerReferences"]!.AsArray().Single()!["uid"]);

        JsonObject events = await Api.GetAsync($"/api/v1/namespaces/{home}/events");
        string[] told = [.. events["items"]!.AsArray()
            .Where(item => (string?)item!["reason"] == "OwnerRefInvalidNamespace")
            .Select(item => $"{item!["type"]} {item["involvedObject"]!["name"]}: {item["message"]}")
            .Order(StringComparer.Ordinal)];
        string owner = $"ownerRef [v1/ConfigMap, namespace: {home}, name: foreign, uid: {foreign.Uid()}]";
        string problem = $"{owner} does not exist in namespace \"{home}\"";
        Assert.Equal([$"Warning kept: {problem}", $"Warning lost: {problem}"], told);
    }

    [Theory]
    [InlineData("kind", "Secret")]
    [InlineData("name", "another")]
    [InlineData("uid", "11111111-2222-3333-4444-555555555555")]
    public async Task A_reference_that_misses_its_owner_is_absent(string member, string wrong)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonArray owners = Owners(await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner")));
        owners[0]![member] = wrong;
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("child").With("ownerReferences", owners));
        await GoneAsync(ConfigMaps(ns, "child"));
        await Api.GetAsync(ConfigMaps(ns, "owner"));
    }

    [Fact]
    public async Task An_owner_of_a_kind_that_nobody_serves_is_unknown_and_nothing_happens()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject absent = await Api.PostAsync(ConfigMaps(ns), ConfigMap("absent"));
        JsonArray owners = Owners(absent, absent);
        owners[0]!["apiVersion"] = "example.com/v1";
        owners[0]!["uid"] = "11111111-2222-3333-4444-555555555555";
        JsonObject child = await Api.PostAsync(ConfigMaps(ns), ConfigMap("child").With("ownerReferences", owners));
        await Api.DeleteAsync(ConfigMaps(ns, "absent"));
        await SettledAsync();
        Assert.Equal(child.Version(), (await Api.GetAsync(ConfigMaps(ns, "child"))).Version());
    }

    [Fact]
    public async Task A_namespace_can_own_what_lies_in_it_and_cannot_be_owned_by_it()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject inside = await Api.PostAsync(ConfigMaps(ns), ConfigMap("inside"));
        JsonObject owned = await Api.PostAsync(
            "/api/v1/namespaces", Meta("v1", "Namespace", ns + "-owned").With("ownerReferences", Owners(inside)));
        await Api.DeleteAsync(ConfigMaps(ns, "inside"));
        await SettledAsync();
        Assert.Equal(owned.Version(), (await Api.GetAsync($"/api/v1/namespaces/{ns}-owned")).Version());

        JsonObject space = await Api.GetAsync($"/api/v1/namespaces/{ns}");
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("child").With("ownerReferences", Owners(space)));
        await SettledAsync();
        await Api.GetAsync(ConfigMaps(ns, "child"));
    }

    [Fact]
    public async Task Circles_do_not_keep_a_foreground_deletion()
    {
        string ns = await shared.NewNamespaceAsync();
        string[] names = ["a", "b", "c"];
        foreach (string name in names) await Api.PostAsync(ConfigMaps(ns), ConfigMap(name));
        for (int i = 0; i < names.Length; i++)
        {
            JsonArray owners = Owners(await Api.GetAsync(ConfigMaps(ns, names[(i + 1) % names.Length])));
            owners[0]!["blockOwnerDeletion"] = true;
            await Api.MergeAsync(
                ConfigMaps(ns, names[i]), new JsonObject { ["metadata"] = new JsonObject { ["ownerReferences"] = owners } });
        }

        await Api.DeleteAsync(ConfigMaps(ns, "b"), Parse("""{"propagationPolicy":"Foreground"}"""));
        foreach (string name in names) await GoneAsync(ConfigMaps(ns, name));
    }

    [Fact]
    public async Task A_deletion_that_waits_can_be_asked_to_go_another_way()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonArray owners = Owners(await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner")));
        owners[0]!["blockOwnerDeletion"] = true;
        await Api.PostAsync(
            ConfigMaps(ns), ConfigMap("child").With("ownerReferences", owners).With("finalizers", new JsonArray("example.com/hold")));
        JsonObject waiting = await Api.DeleteAsync(ConfigMaps(ns, "owner"), Parse("""{"propagationPolicy":"Foreground"}"""));
        Assert.Equal("foregroundDeletion", (string?)waiting["metadata"]!["finalizers"]!.AsArray().Single());

        // One that says nothing changes nothing.
        await SettledAsync();
        await Api.DeleteAsync(ConfigMaps(ns, "owner"));
        await SettledAsync();
        await Api.GetAsync(ConfigMaps(ns, "owner"));
        await Api.DeleteAsync(ConfigMaps(ns, "owner"), Parse("""{"propagationPolicy":"Background"}"""));
        await GoneAsync(ConfigMaps(ns, "owner"));
    }

    [Fact]
    public async Task An_owner_that_waits_goes_on_when_a_reference_blocks_no_longer()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonArray owners = Owners(await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner")));
        owners[0]!["blockOwnerDeletion"] = true;
        await Api.PostAsync(
            ConfigMaps(ns), ConfigMap("child").With("ownerReferences", owners).With("finalizers", new JsonArray("example.com/hold")));
        await Api.DeleteAsync(ConfigMaps(ns, "owner"), Parse("""{"propagationPolicy":"Foreground"}"""));
        await SettledAsync();
        await Api.GetAsync(ConfigMaps(ns, "owner"));
        await Api.JsonPatchAsync(
            ConfigMaps(ns, "child"), Parse("""[{"op":"replace","path":"/metadata/ownerReferences/0/blockOwnerDeletion","value":false}]"""));
        await GoneAsync(ConfigMaps(ns, "owner"));
    }

    [Theory]
    [InlineData("""{"propagationPolicy":"Bogus"}""", 422, "propagationPolicy: \"Bogus\" is not supported")]
    [InlineData("""{"propagationPolicy":7}""", 400, "propagationPolicy has the wrong type")]
    [InlineData("""{"propagationPolicy":"Foreground","orphanDependents":true}""", 422, "cannot be both set")]
    [InlineData("""{"dryRun":["Some"]}""", 422, "dryRun: only the list [\"All\"] is supported")]
    [InlineData("""{"dryRun":"All"}""", 422, "dryRun: only the list")]
    [InlineData("""{"preconditions":"x"}""", 400, "preconditions must be an object")]
    [InlineData("""{"orphanDependents":"maybe"}""", 400, "must be true or false")]
    public async Task Options_that_mean_nothing_delete_nothing(string options, int code, string message)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        JsonObject refused = await Api.DeleteAsync(ConfigMaps(ns, "a"), Parse(options), expect: code);
        Assert.Contains(message, refused.Message(), StringComparison.Ordinal);
        await Api.GetAsync(ConfigMaps(ns, "a"));
        await Api.DeleteAsync(ConfigMaps(ns, "a") + "?dryRun=some", expect: 422);
        await Api.DeleteAsync(ConfigMaps(ns, "a") + "?dryRun=All");
        await Api.GetAsync(ConfigMaps(ns, "a"));
    }

    [Fact]
    public async Task An_option_nobody_knows_is_named_in_a_warning()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        (int code, _, var headers) = await Api.SendTextAsync(
            HttpMethod.Delete, ConfigMaps(ns, "a"), """{"propagationPolcy":"Orphan"}""");
        Assert.Equal(200, code);
        Assert.Equal(
            "299 - \"unknown field \\\"propagationPolcy\\\", did you mean \\\"propagationPolicy\\\"?\"",
            headers.GetValues("Warning").Single());
    }

    [Theory]
    [InlineData("""[{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":""}]""", "metadata.ownerReferences[0].uid")]
    [InlineData("""[{"apiVersion":"v1","kind":"Event","name":"a","uid":"u"}]""", "an Event cannot own other objects")]
    [InlineData(
        """
        [{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"u","controller":true},
         {"apiVersion":"v1","kind":"ConfigMap","name":"b","uid":"v","controller":true}]
        """,
        "only one reference can have controller set to true")]
    public async Task References_that_can_lead_nowhere_are_refused(string owners, string expected)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject refused = await Api.PostAsync(ConfigMaps(ns), ConfigMap("a").With("ownerReferences", Parse(owners)), expect: 422);
        Assert.Contains(expected, refused.Message(), StringComparison.Ordinal);
    }

    private static string Secrets(string @namespace, string name = "") =>
        $"/api/v1/namespaces/{@namespace}/secrets" + (name.Length > 0 ? "/" + name : "");

    private static JsonObject Secret(string name) => Meta("v1", "Secret", name);

    [Fact]
    public async Task References_that_are_written_twice_are_kept_once_with_a_warning()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(ConfigMaps(ns), ConfigMap("owner"));
        JsonArray twice = Owners(owner, owner);
        foreach (JsonNode? reference in twice) reference!["controller"] = true;
        (int code, string text, HttpResponseHeaders headers) = await Api.SendTextAsync(
            HttpMethod.Post, ConfigMaps(ns), ConfigMap("child").With("ownerReferences", twice).ToJsonString());
        Assert.True(code == 201, text);
        string warning = Assert.Single(headers.GetValues("Warning"));
        Assert.EndsWith($"duplicate UID(s) observed: {owner.Uid()}\"", warning, StringComparison.Ordinal);
        JsonObject child = await Api.GetAsync(ConfigMaps(ns, "child"));
        Assert.Single(child["metadata"]!["ownerReferences"]!.AsArray());
    }

    private static JsonArray Owners(params JsonObject[] owners) => new([.. owners.Select(owner => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = (string?)owner["kind"],
        ["name"] = (string?)owner["metadata"]!["name"],
        ["uid"] = owner.Uid(),
    })]);

    private Task GoneAsync(string path) => Eventually.True($"{path} is gone", Deadline, async () =>
        (await Api.SendTextAsync(HttpMethod.Get, path, null)).Code == 404, TestContext.Current.CancellationToken);

    private async Task SettledAsync()
    {
        long revision = long.Parse((await Api.GetAsync("/api/v1/namespaces")).Version(), CultureInfo.InvariantCulture);
        await Eventually.True("the collector has seen everything", Deadline, async () =>
        {
            string page = (await Api.SendTextAsync(HttpMethod.Get, "/metrics", null)).Text;
            Match settled = Regex.Match(page, "^trireme_apiserver_collector_revision (\\d+)$", RegexOptions.Multiline);
            return settled.Success && long.Parse(settled.Groups[1].Value, CultureInfo.InvariantCulture) >= revision;
        }, TestContext.Current.CancellationToken);
    }
}
