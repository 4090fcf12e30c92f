using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;
using static Trireme.ApiServer.Tests.Workloads.PodObjects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>Evictions, and the budgets that keep them from going too far.</summary>
public sealed class EvictionTests(SharedServer server)
{
    private const string Ready = """{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}""";

    private Api Api => server.Api;

    [Fact]
    public async Task Of_many_evictions_at_once_as_many_are_allowed_as_the_budget_has()
    {
        string ns = await server.NewNamespaceAsync();
        await MakeAsync(ns, 8);
        await BudgetAsync(ns, """{"minAvailable":5}""", allowed: 3);
        int[] codes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => EvictAsync(ns, $"p{i}")));
        Assert.Equal((3, 5), (codes.Count(static code => code == 201), codes.Count(static code => code == 429)));

        // Those that go are bound, and stay until their time is over; meanwhile no more may go.
        JsonObject list = await Api.GetAsync(PodsOf(ns));
        JsonNode[] going = [.. list["items"]!.AsArray().Where(static pod => pod!["metadata"]!["deletionTimestamp"] is not null)!];
        Assert.Equal(3, going.Length);
        Assert.All(going, static pod => Assert.Equal(
            "EvictionByEvictionAPI", (string?)pod["status"]!["conditions"]!.AsArray().Last()!["reason"]));
        await StatusAsync(ns, static status => (int?)status["currentHealthy"] == 5 && (int?)status["disruptionsAllowed"] == 0);
        JsonNode stays = list["items"]!.AsArray().First(static pod => pod!["metadata"]!["deletionTimestamp"] is null)!;
        string left = (string)stays["metadata"]!["name"]!;
        JsonObject refused = await Api.PostAsync($"{PodsOf(ns, left)}/eviction", Meta("policy/v1", "Eviction", left), expect: 429);
        Assert.Equal(
            "The disruption budget b needs 5 healthy pods and has 5 currently", (string?)refused["details"]!["causes"]![0]!["message"]);
    }

    [Fact]
    public async Task What_does_not_run_or_has_no_budget_goes_without_one()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(PodsOf(ns), Pod("free", labels: """{"app":"other"}"""));
        await MakeAsync(ns, 1);
        await BudgetAsync(ns, """{"minAvailable":1}""", allowed: 0);
        Assert.Equal(201, await EvictAsync(ns, "free"));
        await Api.PostAsync(PodsOf(ns), Pod("pending", labels: """{"app":"a"}"""));
        Assert.Equal(201, await EvictAsync(ns, "pending"));
        Assert.Equal(429, await EvictAsync(ns, "p0"));
        Assert.Equal(404, await EvictAsync(ns, "none"));
        JsonObject misnamed = await Api.PostAsync($"{PodsOf(ns, "p0")}/eviction", Meta("policy/v1", "Eviction", "p1"), expect: 400);
        Assert.Contains("does not match the name on the URL", misnamed.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_evicts_nothing_and_uses_no_allowance()
    {
        string ns = await server.NewNamespaceAsync();
        await MakeAsync(ns, 2);
        await BudgetAsync(ns, """{"minAvailable":1}""", allowed: 1);
        for (int i = 0; i < 3; i++) Assert.Equal(201, await EvictAsync(ns, "p0", "?dryRun=All"));
        Assert.Null((await Api.GetAsync(PodsOf(ns, "p0")))["metadata"]!["deletionTimestamp"]);
        Assert.Equal(201, await EvictAsync(ns, "p0"));
        Assert.Equal(429, await EvictAsync(ns, "p1"));
    }

    [Theory]
    [InlineData("""{"maxUnavailable":1}""", 0)]
    [InlineData("""{"minAvailable":"50%"}""", 0)]
    [InlineData("""{"minAvailable":0}""", 3)]
    [InlineData("{}", 2)]
    public async Task Pods_that_nobody_owns_are_counted_as_kubernetes_counts_them(string spec, int allowed)
    {
        string ns = await server.NewNamespaceAsync();
        await MakeAsync(ns, 3);
        await BudgetAsync(ns, spec, allowed);
    }

    [Fact]
    public async Task Pods_of_an_owner_that_is_scaled_are_expected_in_its_number()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject owner = await Api.PostAsync(Services(ns), Service("s", replicas: 4));
        await MakeAsync(ns, 4, owner);
        await BudgetAsync(ns, """{"maxUnavailable":"50%"}""", allowed: 2);
    }

    [Theory]
    [InlineData("""{"minAvailable":1,"maxUnavailable":1}""", "spec: FieldValueInvalid")]
    [InlineData("""{"minAvailable":-1}""", "spec.minAvailable: FieldValueInvalid")]
    [InlineData("""{"maxUnavailable":"half"}""", "spec.maxUnavailable: FieldValueInvalid")]
    [InlineData("""{"maxUnavailable":"101%"}""", "spec.maxUnavailable: FieldValueInvalid")]
    [InlineData("""{"unhealthyPodEvictionPolicy":"Never"}""", "spec.unhealthyPodEvictionPolicy: FieldValueNotSupported")]
    public async Task A_budget_that_means_nothing_is_refused(string spec, string cause)
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject budget = Meta("policy/v1", "PodDisruptionBudget", "b");
        budget["spec"] = Parse(spec);
        Assert.Contains(cause, (await Api.PostAsync(BudgetsOf(ns), budget, expect: 422)).Causes());
    }

    private async Task MakeAsync(string ns, int count, JsonObject? owner = null)
    {
        for (int i = 0; i < count; i++)
        {
            JsonObject pod = Pod($"p{i}", """{"nodeName":"n1"}""", labels: """{"app":"a"}""");
            if (owner is not null)
            {
                pod.With("ownerReferences", new JsonArray(new JsonObject
                {
                    ["apiVersion"] = "trireme.dev/v1alpha1", ["kind"] = "ModelService", ["name"] = "s", ["uid"] = owner.Uid(),
                    ["controller"] = true,
                }));
            }

            await Api.PostAsync(PodsOf(ns), pod);
            await Api.StatusAsync(PodsOf(ns, $"p{i}"), Ready);
        }
    }

    private async Task BudgetAsync(string ns, string spec, int allowed)
    {
        JsonObject budget = Meta("policy/v1", "PodDisruptionBudget", "b");
        budget["spec"] = Parse(spec);
        budget["spec"]!["selector"] = Parse("""{"matchLabels":{"app":"a"}}""");
        await Api.PostAsync(BudgetsOf(ns), budget);
        await StatusAsync(ns, status => (int?)status["observedGeneration"] == 1 && (int?)status["disruptionsAllowed"] == allowed);
    }

    private Task StatusAsync(string ns, Func<JsonNode, bool> holds) => Eventually.True(
        "the budget's status", Soon,
        async () => holds((await Api.GetAsync(BudgetsOf(ns, "b")))["status"]!), TestContext.Current.CancellationToken);

    private async Task<int> EvictAsync(string ns, string name, string query = "")
    {
        string body = Meta("policy/v1", "Eviction", name).ToJsonString();
        (int code, _, _) = await Api.SendTextAsync(HttpMethod.Post, $"{PodsOf(ns, name)}/eviction{query}", body);
        return code;
    }
}
