using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Quotas;

/// <summary>What objects count as against a quota, as pure functions.</summary>
internal static class QuotaUsage
{
    private const string CountOfPods = QuotaResources.CountPrefix + QuotaResources.Pods;

    /// <summary>The names under which a quota can limit the number of objects of a kind.</summary>
    /// <param name="kind">Qualified plural of the kind.</param>
    public static IEnumerable<string> CountsOf(string kind) =>
        QuotaResources.Counts.Contains(kind) ? [kind, QuotaResources.CountPrefix + kind] : [QuotaResources.CountPrefix + kind];

    /// <summary>What of a quota is used.</summary>
    /// <param name="quota">The quota.</param>
    /// <param name="counts">How many objects of each kind its namespace has, by qualified plural.</param>
    /// <param name="ofPods">What the Pods of its namespace take of it together.</param>
    public static Dictionary<string, Quantity> Of(
        ResourceQuota quota, IReadOnlyDictionary<string, long> counts, IReadOnlyDictionary<string, Quantity> ofPods)
    {
        var used = new Dictionary<string, Quantity>();
        bool isScoped = IsScoped(quota);
        foreach (string name in (quota.Spec?.Hard ?? new Dictionary<string, string>()).Keys)
        {
            string kind = name.StartsWith(QuotaResources.CountPrefix, StringComparison.Ordinal)
                ? name[QuotaResources.CountPrefix.Length..]
                : name;
            // Only Pods have scopes.
            used[name] = IsOfPods(name) ? ofPods.GetValueOrDefault(name)
                : isScoped ? Quantity.Zero
                : Quantity.Of(counts.GetValueOrDefault(kind));
        }

        return used;
    }

    /// <summary>What a new object takes of a quota; empty where it takes nothing.</summary>
    public static Dictionary<string, Quantity> OfNew(ResourceQuota quota, string kind, JsonObject document)
    {
        IReadOnlyDictionary<string, string> hard = quota.Spec?.Hard ?? new Dictionary<string, string>();
        if (kind == QuotaResources.Pods)
        {
            return Matches(quota, document) ? OfPod(document, [.. hard.Keys.Where(IsOfPods)]) : [];
        }

        return IsScoped(quota)
            ? []
            : CountsOf(kind).Where(hard.ContainsKey).ToDictionary(static name => name, static _ => Quantity.Of(1));
    }

    /// <summary>Whether any of a quota's limits is about Pods, so that they must be looked at.</summary>
    public static bool CountsPods(ResourceQuota quota) => (quota.Spec?.Hard ?? new Dictionary<string, string>()).Keys.Any(IsOfPods);

    /// <summary>
    /// What containers of a Pod must say and do not, as Kubernetes words it: "requests.cpu for: a,b; limits.memory for: a". Null where
    /// nothing is missing.
    /// </summary>
    public static string? Unspecified(ResourceQuota quota, JsonObject pod)
    {
        if (pod["spec"] is not JsonObject spec || !Matches(quota, pod)) return null;
        var missing = new List<string>();
        IEnumerable<string> required = (quota.Spec?.Hard ?? new Dictionary<string, string>()).Keys
            .Where(QuotaResources.Required.Contains)
            .Order(StringComparer.Ordinal);
        foreach (string name in required)
        {
            string[] silent =
            [
                .. PodDefaults.Items(spec, "containers").Concat(PodDefaults.Items(spec, "initContainers"))
                    .Where(container => container.Find(["resources", .. Path(name)]) is null)
                    .Select(static container => container.Text("name") ?? "")
                    .Order(StringComparer.Ordinal),
            ];
            if (silent.Length > 0) missing.Add($"{name} for: {string.Join(",", silent)}");
        }

        return missing.Count == 0 ? null : string.Join("; ", missing);
    }

    private static bool IsScoped(ResourceQuota quota) =>
        quota.Spec is { Scopes.Count: > 0 } or { ScopeSelector.MatchExpressions.Count: > 0 };

    private static bool IsOfPods(string name) => name is QuotaResources.Pods or CountOfPods
        || (!name.StartsWith(QuotaResources.CountPrefix, StringComparison.Ordinal)
            && !QuotaResources.Counts.Contains(name)
            && name != "requests.storage");

    private static Dictionary<string, Quantity> OfPod(JsonObject pod, IReadOnlyList<string> names)
    {
        var taken = new Dictionary<string, Quantity>();
        // One that has ended takes nothing but its place among the objects.
        bool hasEnded = pod.Find("status", "phase")?.ToString() is "Succeeded" or "Failed";
        Dictionary<string, Quantity>? requests = null;
        Dictionary<string, Quantity>? limits = null;
        foreach (string name in names)
        {
            bool isCount = name == CountOfPods || (name == QuotaResources.Pods && !hasEnded);
            if (isCount) taken[name] = Quantity.Of(1);
            if (isCount || hasEnded || pod["spec"] is not JsonObject spec) continue;
            string[] path = Path(name);
            Dictionary<string, Quantity> amounts = path[0] == "limits"
                ? limits ??= PodAmounts.Of(spec, path[0])
                : requests ??= PodAmounts.Of(spec, path[0]);
            if (amounts.TryGetValue(path[1], out Quantity amount)) taken[name] = amount;
        }

        return taken;
    }

    /// <summary>Where in a container's resources a limited amount is: "cpu" and "requests.cpu" are the same.</summary>
    private static string[] Path(string name) =>
        name.StartsWith(QuotaResources.LimitsPrefix, StringComparison.Ordinal) ? ["limits", name[QuotaResources.LimitsPrefix.Length..]]
        : name.StartsWith(QuotaResources.RequestsPrefix, StringComparison.Ordinal)
            ? ["requests", name[QuotaResources.RequestsPrefix.Length..]]
        : ["requests", name];

    private static bool Matches(ResourceQuota quota, JsonObject pod) =>
        (quota.Spec?.Scopes ?? []).All(scope => IsIn(scope, pod))
        && (quota.Spec?.ScopeSelector?.MatchExpressions ?? []).All(requirement => Holds(requirement, pod));

    private static bool IsIn(string scope, JsonObject pod)
    {
        bool ends = pod.Find("spec", "activeDeadlineSeconds") is not null;
        bool asksNothing = pod["spec"] is JsonObject spec && PodAmounts.QosOf(spec) == "BestEffort";
        return scope switch
        {
            QuotaScopes.Terminating => ends,
            QuotaScopes.NotTerminating => !ends,
            QuotaScopes.BestEffort => asksNothing,
            QuotaScopes.NotBestEffort => !asksNothing,
            QuotaScopes.PriorityClass => ClassOf(pod).Length > 0,
            _ => false,
        };
    }

    private static bool Holds(QuotaScopeRequirement requirement, JsonObject pod)
    {
        if (requirement.ScopeName != QuotaScopes.PriorityClass) return IsIn(requirement.ScopeName, pod);
        string name = ClassOf(pod);
        bool isNamed = (requirement.Values ?? []).Contains(name);
        return requirement.Operator switch
        {
            "In" => isNamed,
            "NotIn" => !isNamed,
            "Exists" => name.Length > 0,
            "DoesNotExist" => name.Length == 0,
            _ => false,
        };
    }

    private static string ClassOf(JsonObject pod) => pod.Find("spec", "priorityClassName")?.ToString() ?? "";
}
