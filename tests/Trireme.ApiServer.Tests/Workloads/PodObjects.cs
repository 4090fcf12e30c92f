using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Workloads;

/// <summary>Objects of workloads and their paths for tests.</summary>
internal static class PodObjects
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    public static string PodsOf(string @namespace, string name = "") => $"/api/v1/namespaces/{@namespace}/pods/{name}".TrimEnd('/');

    public static string QuotasOf(string @namespace, string name = "") =>
        $"/api/v1/namespaces/{@namespace}/resourcequotas/{name}".TrimEnd('/');

    public static string BudgetsOf(string @namespace, string name = "") =>
        $"/apis/policy/v1/namespaces/{@namespace}/poddisruptionbudgets/{name}".TrimEnd('/');

    public static string JobsOf(string @namespace, string name = "") => $"/apis/batch/v1/namespaces/{@namespace}/jobs/{name}".TrimEnd('/');

    /// <summary>A Pod with one container, and further members of its spec and of the container.</summary>
    public static JsonObject Pod(string name, string spec = "{}", string container = "{}", string labels = "{}")
    {
        JsonObject pod = Meta("v1", "Pod", name).With("labels", Parse(labels));
        JsonObject one = Map("""{"name":"c","image":"example.com/c:1"}""");
        Merge(one, Map(container));
        pod["spec"] = new JsonObject { ["containers"] = new JsonArray(one) };
        Merge(pod["spec"]!.AsObject(), Map(spec));
        return pod;
    }

    public static JsonObject Asking(string name, string requests, string limits = "{}") =>
        Pod(name, container: $$$"""{"resources":{"requests":{{{requests}}},"limits":{{{limits}}}}}""");

    public static JsonObject Quota(string name, string hard, string more = "{}")
    {
        JsonObject quota = Meta("v1", "ResourceQuota", name);
        quota["spec"] = new JsonObject { ["hard"] = Parse(hard) };
        Merge(quota["spec"]!.AsObject(), Map(more));
        return quota;
    }

    public static JsonObject Job(string name, string spec = "{}")
    {
        JsonObject job = Meta("batch/v1", "Job", name);
        job["spec"] = Parse("""{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i:1"}]}}}""");
        Merge(job["spec"]!.AsObject(), Map(spec));
        return job;
    }

    public static Task<JsonObject> StatusAsync(this Api api, string path, string status) =>
        api.MergeAsync(path + "/status", new JsonObject { ["status"] = Parse(status) });

    public static string[] Names(this JsonObject list) =>
        [.. list["items"]!.AsArray().Select(static item => (string)item!["metadata"]!["name"]!)];

    /// <summary>The causes of a refusal as "field: reason".</summary>
    public static string[] Causes(this JsonObject status) =>
        [.. status["details"]!["causes"]!.AsArray().Select(static cause => $"{cause!["field"]}: {cause["reason"]}")];

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach ((string name, JsonNode? value) in from) into[name] = value?.DeepClone();
    }
}
