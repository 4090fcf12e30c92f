using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;
using static Trireme.ApiServer.Tests.Workloads.PodObjects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>What quotas and budgets count is kept as running sums: in any order of changes they are those of what is stored.</summary>
public sealed class QuotaSumTests(SharedServer server)
{
    private const int Clients = 8;
    private const int Steps = 40;
    private const int MilliCpu = 70;

    private Api Api => server.Api;

    [Fact]
    public async Task Sums_are_right_after_changes_by_many_at_once_while_the_quotas_change_too()
    {
        string ns = await server.NewNamespaceAsync();
        await Api.PostAsync(QuotasOf(ns), Quota("all", """{"configmaps":"1k","count/pods":"1k","pods":"1k","requests.cpu":"100"}"""));
        await Api.PostAsync(QuotasOf(ns), Quota("short", """{"pods":"1k","requests.cpu":"100"}""", """{"scopes":["Terminating"]}"""));
        Task<Content[]> working = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => ChangeAsync(ns, client))));
        for (int limit = 1000; !working.IsCompleted; limit++)
        {
            // Sums are begun anew from what is stored while others change it.
            await Api.MergeAsync(QuotasOf(ns, "all"), Parse($$"""{"spec":{"hard":{"pods":"{{limit}}"} } }"""));
        }

        Content[] left = await working;
        PodState[] pods = [.. left.SelectMany(static content => content.Pods.Values)];
        PodState[] running = [.. pods.Where(static pod => !pod.HasEnded)];
        await UsedAsync(ns, "all", new()
        {
            ["configmaps"] = $"{left.Sum(static content => content.Maps.Count)}",
            ["count/pods"] = $"{pods.Length}",
            ["pods"] = $"{running.Length}",
            ["requests.cpu"] = Cpu(running.Length),
        });
        PodState[] ending = [.. running.Where(static pod => pod.IsShort)];
        await UsedAsync(ns, "short", new() { ["pods"] = $"{ending.Length}", ["requests.cpu"] = Cpu(ending.Length) });
    }

    [Fact]
    public async Task A_budget_follows_pods_that_come_change_and_go()
    {
        string ns = await server.NewNamespaceAsync();
        JsonObject budget = Meta("policy/v1", "PodDisruptionBudget", "b");
        budget["spec"] = Parse("""{"minAvailable":1,"selector":{"matchLabels":{"app":"a"}}}""");
        await Api.PostAsync(BudgetsOf(ns), budget);
        for (int i = 0; i < 4; i++)
        {
            await Api.PostAsync(PodsOf(ns), Pod($"p{i}", labels: """{"app":"a"}"""));
            await Api.StatusAsync(PodsOf(ns, $"p{i}"), """{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}""");
        }

        await AllowedAsync(3);
        await Api.StatusAsync(PodsOf(ns, "p0"), """{"conditions":[{"type":"Ready","status":"False"}]}""");
        await AllowedAsync(2);
        await Api.MergeAsync(PodsOf(ns, "p1"), Parse("""{"metadata":{"labels":{"app":"other"}}}"""));
        await AllowedAsync(1);
        await Api.DeleteAsync(PodsOf(ns, "p2"));
        await AllowedAsync(0);
        await Api.MergeAsync(PodsOf(ns, "p1"), Parse("""{"metadata":{"labels":{"app":"a"}}}"""));
        await AllowedAsync(1);

        Task AllowedAsync(int allowed) => Eventually.True(
            $"{allowed} allowed", Soon,
            async () => (int?)(await Api.GetAsync(BudgetsOf(ns, "b")))["status"]!["disruptionsAllowed"] == allowed,
            TestContext.Current.CancellationToken);
    }

    /// <summary>Makes, ends and deletes objects whose names nobody else uses, and says what is left.</summary>
    private async Task<Content> ChangeAsync(string ns, int client)
    {
        var random = new Random(20_261_201 + client);
        var content = new Content([], []);
        for (int step = 0; step < Steps; step++)
        {
            string name = $"c{client}-{random.Next(5)}";
            if (random.Next(4) == 0)
            {
                bool wasThere = content.Maps.Contains(name);
                if (content.Maps.Remove(name)) await Api.DeleteAsync(ConfigMaps(ns, name));
                else await Api.PostAsync(ConfigMaps(ns), ConfigMap(name));
                if (!wasThere) content.Maps.Add(name);
                continue;
            }

            if (!content.Pods.TryGetValue(name, out PodState? pod))
            {
                bool isShort = random.Next(2) == 0;
                JsonObject made = Asking(name, $$"""{"cpu":"{{MilliCpu}}m"}""");
                if (isShort) made["spec"]!["activeDeadlineSeconds"] = 3600;
                await Api.PostAsync(PodsOf(ns), made);
                content.Pods[name] = new PodState(isShort, HasEnded: false);
            }
            else if (pod.HasEnded || random.Next(3) == 0)
            {
                await Api.DeleteAsync(PodsOf(ns, name));
                content.Pods.Remove(name);
            }
            else
            {
                await Api.StatusAsync(PodsOf(ns, name), """{"phase":"Succeeded"}""");
                content.Pods[name] = pod with { HasEnded = true };
            }
        }

        return content;
    }

    private static string Cpu(int pods) => pods * MilliCpu % 1000 == 0 ? $"{pods * MilliCpu / 1000}" : $"{pods * MilliCpu}m";

    private async Task UsedAsync(string ns, string quota, SortedDictionary<string, string> used)
    {
        string? last = null;
        string expected = new JsonObject(used.Select(static one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))).ToJsonString();
        await Eventually.True(
            $"{expected} of {quota}", Soon,
            async () => (last = (await Api.GetAsync(QuotasOf(ns, quota)))["status"]!["used"]?.ToJsonString()) == expected,
            TestContext.Current.CancellationToken);
        Assert.Equal(expected, last);
    }

    private sealed record PodState(bool IsShort, bool HasEnded);

    private sealed record Content(Dictionary<string, PodState> Pods, HashSet<string> Maps);
}
