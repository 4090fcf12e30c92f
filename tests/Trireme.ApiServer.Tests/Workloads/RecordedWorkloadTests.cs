using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Access;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Serialization;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>
/// The same requests about Pods, quotas and budgets as were sent to a real Kubernetes API server, with the same answers but for ids, times,
/// the mounted token and the list of differences in a refused update.
/// </summary>
public sealed partial class RecordedWorkloadTests
{
    /// <summary>Requests that this server refuses or answers otherwise, as its documentation says.</summary>
    private static readonly string[] NotServed =
        ["Pod Security warn", "Pod Security enforce", "ephemeral container", "resize changes QoS", "first status"];

    [Theory]
    [InlineData("admission-quota-limitrange.jsonl")]
    [InlineData("admission-pods.jsonl")]
    [InlineData("pods-eviction-binding.jsonl")]
    public async Task Answers_are_those_of_kubernetes(string file)
    {
        string? path = Fixtures.Find("recorded/kubernetes/" + file);
        Assert.SkipWhen(path is null, "The recorded answers are not on this machine.");
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(TestAccess.To);
        using var api = new Api(server.CreateClient());
        foreach (string name in (string[])["rec-c", "rec-d", "rec-q2"])
        {
            await api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", name));
        }

        var differences = new List<string>();
        int compared = 0;
        await foreach (string line in File.ReadLinesAsync(path!, TestContext.Current.CancellationToken))
        {
            JsonObject exchange = Map(line);
            string note = (string)exchange["note"]!;
            if (NotServed.Contains(note)) continue;
            JsonObject request = exchange["request"]!.AsObject();
            await PrepareAsync(api, note, (string)request["path"]!);
            string expected = Shown((int)exchange["response"]!["status"]!, exchange["response"]!["body"]!.DeepClone().AsObject());
            string actual = await SendAsync(api, request, expected);
            if (expected != actual) differences.Add($"{note} ({request["path"]}):\n  expected {expected}\n  actual   {actual}");
            compared++;
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
        Assert.InRange(compared, 2, 100);
    }

    /// <summary>What had been done on the recorded server before a request, and is not in the record.</summary>
    private static async Task PrepareAsync(Api api, string note, string path)
    {
        switch (note)
        {
            case "" when path.EndsWith("/resourcequotas", StringComparison.Ordinal):
                await api.PostAsync(ConfigMaps("rec-q2"), ConfigMap("kube-root-ca.crt"));
                break;
            case "" when path.EndsWith("/poddisruptionbudgets", StringComparison.Ordinal):
                JsonObject pod = PodObjects.Pod("ev", """{"nodeName":"nowhere"}""", labels: """{"app":"ev"}""");
                await api.PostAsync(PodObjects.PodsOf("rec-c"), pod);
                await api.StatusAsync(PodObjects.PodsOf("rec-c", "ev"), """
                    {"phase":"Running","startTime":"2026-11-29T00:53:51Z","conditions":[{"type":"Ready","status":"True"}]}
                    """);
                break;
            case "count exceeded":
                await api.PostAsync(ConfigMaps("rec-q2"), ConfigMap("a"));
                break;
            case "defaults of the LimitRange":
                JsonObject range = Meta("v1", "LimitRange", "l");
                range["spec"] = Parse("""
                    {"limits":[{"type":"Container","default":{"cpu":"200m"},"defaultRequest":{"cpu":"100m"},"max":{"cpu":"1"},
                    "min":{"cpu":"50m"}}]}
                    """);
                await api.PostAsync("/api/v1/namespaces/rec-q2/limitranges", range);
                break;
            case "allowed":
                await api.DeleteAsync(PodObjects.BudgetsOf("rec-c", "b"));
                break;
            case "a fresh pod with its defaults":
                await api.PostAsync(PodObjects.PodsOf("rec-c"), PodObjects.Pod("bd"));
                break;
        }
    }

    /// <summary>Sends a request, and a read again until it answers as expected: controllers take their time.</summary>
    private static async Task<string> SendAsync(Api api, JsonObject request, string expected)
    {
        string path = (string)request["path"]!;
        var method = HttpMethod.Parse((string)request["method"]!);
        string type = (string?)request["headers"]!["Content-Type"] ?? "application/json";
        string? last = null;
        int tries = method == HttpMethod.Get ? 100 : 1;
        for (int i = 0; i < tries && last != expected; i++)
        {
            if (i > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            (int code, string text, _) = await api.SendTextAsync(method, path, request["body"]?.ToJsonString(), type);
            last = Shown(code, Map(text));
        }

        return last!;
    }

    private static string Shown(int code, JsonObject body)
    {
        Strip(body);
        return $"{code} {Differences().Replace(Place().Replace(body.ToJsonString(), ""), "\"")}";
    }

    [BoundedDepth("JsonNode.Parse refuses more than 64 levels")]
    private static void Strip(JsonNode? node)
    {
        if (node is JsonArray list)
        {
            foreach (JsonNode? item in list) Strip(item);
        }

        if (node is not JsonObject map) return;
        map.RemoveAll(
        [
            "managedFields", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "lastTransitionTime", "lastProbeTime",
            "generation", "volumes", "volumeMounts", "ephemeralContainers",
        ]);
        if (map["labels"] is JsonObject { Count: 0 }) map.Remove("labels");
        foreach (string name in map.Select(static member => member.Key).ToArray()) Strip(map[name]);
        (string Name, JsonNode? Value)[] sorted =
        [
            .. map.Select(static member => (member.Key, member.Value?.DeepClone()))
                .OrderBy(static member => member.Key, StringComparer.Ordinal),
        ];
        map.Clear();
        foreach ((string name, JsonNode? value) in sorted) map[name] = value;
    }

    [GeneratedRegex(@" in namespace \\u0022[^ ]*\\u0022")]
    private static partial Regex Place();

    /// <summary>What follows the first line of a refused update.</summary>
    [GeneratedRegex(@"\\n(@@|changed:)[^""]*""")]
    private static partial Regex Differences();
}
