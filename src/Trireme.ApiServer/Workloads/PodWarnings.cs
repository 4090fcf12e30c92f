using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>What Kubernetes takes in Pods and warns of, in its words.</summary>
internal static class PodWarnings
{
    private static readonly Dictionary<string, string> DeprecatedLabels = new()
    {
        ["beta.kubernetes.io/arch"] = "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        ["beta.kubernetes.io/os"] = "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        ["failure-domain.beta.kubernetes.io/region"] = "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
        ["failure-domain.beta.kubernetes.io/zone"] = "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
        ["beta.kubernetes.io/instance-type"] = "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    };

    /// <summary>Says of a namespace that is to hold its Pods to a standard that nobody here does.</summary>
    public static void OfSecurity(JsonObject? before, JsonObject after, HttpResponse response)
    {
        const string Domain = "pod-security.kubernetes.io/";
        foreach ((string key, JsonNode? value) in after.Labels() ?? [])
        {
            bool asks = key.StartsWith(Domain, StringComparison.Ordinal)
                && key[Domain.Length..] is "enforce" or "warn" or "audit"
                && value?.ToString() != "privileged";
            if (!asks || JsonNode.DeepEquals(before?.Labels()?[key], value)) continue;
            Warnings.Add(
                response, $"metadata.labels[{key}]: Pod Security is not enforced by this server; Pods are not held to \"{value}\"");
        }
    }

    public static void Give(JsonObject spec, string path, HttpResponse response)
    {
        foreach ((string key, _) in spec["nodeSelector"] as JsonObject ?? [])
        {
            if (DeprecatedLabels.TryGetValue(key, out string? why)) Warnings.Add(response, $"{path}.nodeSelector[{key}]: {why}");
        }

        if (spec["terminationGracePeriodSeconds"] is JsonValue value && value.ToString().StartsWith('-'))
        {
            Warnings.Add(
                response, $"{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1");
        }

        foreach (string list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            int index = 0;
            foreach (JsonObject container in PodDefaults.Items(spec, list)) GiveOf(container, $"{path}.{list}[{index++}]", response);
        }
    }

    private static void GiveOf(JsonObject container, string path, HttpResponse response)
    {
        var names = new HashSet<string>();
        int index = 0;
        foreach (JsonObject variable in PodDefaults.Items(container, "env"))
        {
            string name = variable.Text("name") ?? "";
            if (!names.Add(name))
            {
                Warnings.Add(
                    response, $"{path}.env[{index}]: hides previous definition of \"{name}\", which may be dropped when using apply");
            }

            index++;
        }

        var ports = new Dictionary<string, int>();
        index = 0;
        foreach (JsonObject port in PodDefaults.Items(container, "ports"))
        {
            string identity = $"{port["containerPort"]}/{port.Text("protocol")}";
            if (!ports.TryAdd(identity, index))
            {
                Warnings.Add(
                    response,
                    $"{path}.ports[{index}]: duplicate port definition with {path}.ports[{ports[identity]}]");
            }

            index++;
        }
    }
}
