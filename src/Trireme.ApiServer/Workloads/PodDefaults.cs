using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>What Kubernetes makes of fields that a Pod, or a template of Pods, leaves out.</summary>
internal static class PodDefaults
{
    private const int FileMode = 420;

    private static readonly string[] Probes = ["livenessProbe", "readinessProbe", "startupProbe"];

    private static readonly string[] FilesOfObjects = ["secret", "configMap", "downwardAPI", "projected"];

    /// <summary>Sets what Pods and templates have alike.</summary>
    public static void Apply(JsonObject spec)
    {
        spec["restartPolicy"] ??= "Always";
        spec["terminationGracePeriodSeconds"] ??= 30L;
        spec["dnsPolicy"] ??= "ClusterFirst";
        spec["securityContext"] ??= new JsonObject();
        spec["schedulerName"] ??= "default-scheduler";
        // Both are one field under two names.
        if (spec.Text("serviceAccountName") is { Length: > 0 } account) spec["serviceAccount"] = account;
        else if (spec.Text("serviceAccount") is { Length: > 0 } older) spec["serviceAccountName"] = older;
        foreach (JsonObject volume in Items(spec, "volumes")) ApplyToVolume(volume);
        foreach (string list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            foreach (JsonObject container in Items(spec, list)) ApplyToContainer(container);
        }

        if (spec["overhead"] is JsonObject overhead) Quantities.Respell(overhead);
    }

    /// <summary>Sets what Pods have beside that.</summary>
    public static void ApplyToPod(JsonObject spec)
    {
        Apply(spec);
        spec["enableServiceLinks"] ??= true;
        foreach (string list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            foreach (JsonObject container in Items(spec, list))
            {
                if (container["resources"] is JsonObject resources) RequestWhatIsLimited(resources);
            }
        }
    }

    public static IEnumerable<JsonObject> Items(JsonObject parent, string list) => (parent[list] as JsonArray ?? []).OfType<JsonObject>();

    private static void ApplyToContainer(JsonObject container)
    {
        container["terminationMessagePath"] ??= "/dev/termination-log";
        container["terminationMessagePolicy"] ??= "File";
        container["imagePullPolicy"] ??= PullPolicyOf(container.Text("image") ?? "");
        container["resources"] ??= new JsonObject();
        if (container["resources"] is JsonObject resources)
        {
            if (resources["limits"] is JsonObject limits) Quantities.Respell(limits);
            if (resources["requests"] is JsonObject requests) Quantities.Respell(requests);
        }

        foreach (JsonObject port in Items(container, "ports")) port["protocol"] ??= "TCP";
        foreach (JsonObject variable in Items(container, "env"))
        {
            if (variable.Find("valueFrom", "fieldRef") is JsonObject field) field["apiVersion"] ??= "v1";
        }

        foreach (string name in Probes)
        {
            if (container[name] is JsonObject probe) ApplyToProbe(probe);
        }
    }

    private static void ApplyToProbe(JsonObject probe)
    {
        probe["timeoutSeconds"] ??= 1;
        probe["periodSeconds"] ??= 10;
        probe["successThreshold"] ??= 1;
        probe["failureThreshold"] ??= 3;
        if (probe["httpGet"] is not JsonObject get) return;
        get["path"] ??= "/";
        get["scheme"] ??= "HTTP";
    }

    private static void ApplyToVolume(JsonObject volume)
    {
        if (volume.All(static member => member.Key == "name")) volume["emptyDir"] = new JsonObject();
        foreach (string source in FilesOfObjects)
        {
            if (volume[source] is JsonObject files) files["defaultMode"] ??= FileMode;
        }

        if (volume["hostPath"] is JsonObject path) path["type"] ??= "";
    }

    /// <summary>An image that may be another tomorrow is fetched each time.</summary>
    private static string PullPolicyOf(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal)) return "IfNotPresent";
        string last = image[(image.LastIndexOf('/') + 1)..];
        int colon = last.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || last[(colon + 1)..] == "latest" ? "Always" : "IfNotPresent";
    }

    private static void RequestWhatIsLimited(JsonObject resources)
    {
        if (resources["limits"] is not JsonObject { Count: > 0 } limits) return;
        if (resources["requests"] is not JsonObject requests) resources["requests"] = requests = [];
        foreach ((string name, JsonNode? amount) in limits)
        {
            if (!requests.ContainsKey(name)) requests[name] = amount?.DeepClone();
        }
    }
}
