using System.Text.Json;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Kubernetes' rules for Pods and for the templates that Pods are made from, in its words.</summary>
internal static class PodRules
{
    private const string Always = "Always";

    public static void Validate(PodSpec spec, string path, FieldErrors errors)
    {
        HashSet<string> volumes = ValidateVolumes(spec.Volumes ?? [], path + ".volumes", errors);
        if (spec.Containers.Count == 0) errors.Missing(path + ".containers");
        var names = new HashSet<string>();
        ContainerRules.Validate(spec.Containers, path + ".containers", isInit: false, names, volumes, errors);
        ContainerRules.Validate(spec.InitContainers ?? [], path + ".initContainers", isInit: true, names, volumes, errors);
        if (spec.EphemeralContainers is { Count: > 0 })
        {
            errors.Forbid(path + ".ephemeralContainers", "cannot be set on create, and this server adds none to a Pod");
        }

        errors.OneOf(path + ".restartPolicy", spec.RestartPolicy, Always, "OnFailure", "Never");
        errors.OneOf(path + ".dnsPolicy", spec.DnsPolicy, "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
        errors.OneOf(path + ".preemptionPolicy", spec.PreemptionPolicy, "Never", "PreemptLowerPriority");
        errors.NotNegative(path + ".terminationGracePeriodSeconds", spec.TerminationGracePeriodSeconds);
        errors.Between(path + ".activeDeadlineSeconds", spec.ActiveDeadlineSeconds, 1, int.MaxValue);
        ValidateNames(spec, path, errors);
        ValidateNodeSelector(spec.NodeSelector, path + ".nodeSelector", errors);
        ValidateTolerations(spec.Tolerations ?? [], path + ".tolerations", errors);
        if (spec.Resources is { } resources) ContainerRules.Validate(resources, path + ".resources", errors);
    }

    public static void Validate(PodStatus status, FieldErrors errors)
    {
        errors.OneOf("status.phase", status.Phase, "Pending", "Running", "Succeeded", "Failed", "Unknown");
        ValidateAddresses("podIPs", status.PodIps ?? []);
        ValidateAddresses("hostIPs", status.HostIps ?? []);
        if (status.PodIps is not { Count: > 0 } && status.PodIp is { Length: > 0 } single) errors.Address("status.podIP", single);

        void ValidateAddresses(string member, IReadOnlyList<PodAddress> addresses)
        {
            for (int i = 0; i < addresses.Count; i++) errors.Address($"status.{member}[{i}].ip", addresses[i].Ip);
        }
    }

    private static void ValidateNames(PodSpec spec, string path, FieldErrors errors)
    {
        if (spec.Hostname is { Length: > 0 } host) errors.Label(path + ".hostname", host);
        if (spec.Subdomain is { Length: > 0 } domain) errors.Label(path + ".subdomain", domain);
        Subdomain("nodeName", spec.NodeName);
        Subdomain("serviceAccountName", spec.ServiceAccountName);
        Subdomain("priorityClassName", spec.PriorityClassName);
        Subdomain("runtimeClassName", spec.RuntimeClassName);

        void Subdomain(string member, string? name)
        {
            if (name is { Length: > 0 } && !NameRules.IsSubdomain(name)) errors.Wrong($"{path}.{member}", name, NameRules.SubdomainRule);
        }
    }

    private static void ValidateNodeSelector(IReadOnlyDictionary<string, string>? labels, string path, FieldErrors errors)
    {
        foreach ((string key, string value) in labels ?? new Dictionary<string, string>())
        {
            if (!NameRules.IsQualifiedName(key)) errors.Wrong(path, key, NameRules.QualifiedNameRule);
            if (!NameRules.IsLabelValue(value)) errors.Wrong(path, value, "is no label value");
        }
    }

    private static void ValidateTolerations(IReadOnlyList<Toleration> tolerations, string path, FieldErrors errors)
    {
        for (int i = 0; i < tolerations.Count; i++)
        {
            Toleration toleration = tolerations[i];
            string at = $"{path}[{i}]";
            string key = toleration.Key ?? "";
            if (key.Length > 0 && !NameRules.IsQualifiedName(key)) errors.Wrong(at + ".key", key, NameRules.QualifiedNameRule);
            bool exists = toleration.Operator == "Exists";
            errors.OneOf(at + ".operator", toleration.Operator, "Equal", "Exists");
            errors.OneOf(at + ".effect", toleration.Effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
            if (key.Length == 0 && !exists)
            {
                errors.Wrong(
                    at + ".operator",
                    toleration.Operator ?? "",
                    "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }

            if (exists && toleration.Value is { Length: > 0 } value)
            {
                errors.Wrong(at + ".operator", value, "value must be empty when `operator` is 'Exists'");
            }

            if (toleration.TolerationSeconds is not null && toleration.Effect != "NoExecute")
            {
                errors.Wrong(at + ".effect", toleration.Effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }
        }
    }

    /// <summary>Checks names and that each volume has one source, and returns the names.</summary>
    private static HashSet<string> ValidateVolumes(IReadOnlyList<JsonElement> volumes, string path, FieldErrors errors)
    {
        var names = new HashSet<string>();
        for (int i = 0; i < volumes.Count; i++)
        {
            string at = $"{path}[{i}]";
            string name = volumes[i].TryGetProperty("name", out JsonElement member) && member.ValueKind == JsonValueKind.String
                ? member.GetString()!
                : "";
            if (name.Length == 0) errors.Missing(at + ".name");
            else errors.Label(at + ".name", name);
            string[] sources = [.. volumes[i].EnumerateObject().Select(static member => member.Name).Where(static key => key != "name")];
            if (sources.Length == 0) errors.Missing(at, "must specify a volume type");
            foreach (string further in sources.Skip(1)) errors.Forbid($"{at}.{further}", "may not specify more than 1 volume type");
            names.Add(name);
        }

        return names;
    }
}
