using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Quotas;

/// <summary>
/// Gives the containers of new Pods the limits that their namespace has for those that say none, and holds Pods to its bounds.
/// </summary>
internal sealed class LimitRanges(NamespacedIndex<LimitRange> ranges)
{
    private const string Annotation = "kubernetes.io/limit-ranger";

    public void SetDefaults(string @namespace, JsonObject pod)
    {
        if (!ranges.Any(@namespace) || pod["spec"] is not JsonObject spec) return;
        var notes = new List<string>();
        foreach (LimitRange range in ranges.In(@namespace))
        {
            foreach (LimitRangeItem item in (range.Spec?.Limits ?? []).Where(static item => item.Type == LimitRangeItem.Container))
            {
                foreach (JsonObject container in PodDefaults.Items(spec, "containers")) Fill(container, "container", item, notes);
                foreach (JsonObject container in PodDefaults.Items(spec, "initContainers")) Fill(container, "init container", item, notes);
            }
        }

        if (notes.Count == 0) return;
        JsonObject metadata = pod.Metadata();
        if (metadata["annotations"] is not JsonObject annotations) metadata["annotations"] = annotations = [];
        annotations[Annotation] = "LimitRanger plugin set: " + string.Join("; ", notes);
    }

    /// <summary>Why a Pod is refused, in Kubernetes' words; null where it may be made.</summary>
    public string? Refusal(string @namespace, JsonObject pod)
    {
        if (!ranges.Any(@namespace) || pod["spec"] is not JsonObject spec) return null;
        var faults = new List<string>();
        foreach (LimitRangeItem item in ranges.In(@namespace).SelectMany(static range => range.Spec?.Limits ?? []))
        {
            if (item.Type == LimitRangeItem.Container)
            {
                foreach (JsonObject container in PodDefaults.Items(spec, "containers").Concat(PodDefaults.Items(spec, "initContainers")))
                {
                    Check(item, PodAmounts.OfContainer(container, "requests"), PodAmounts.OfContainer(container, "limits"), faults);
                }
            }
            else if (item.Type == LimitRangeItem.Pod)
            {
                Check(item, PodAmounts.Of(spec, "requests"), PodAmounts.Of(spec, "limits"), faults);
            }
        }

        return faults.Count switch
        {
            0 => null,
            1 => faults[0],
            _ => $"[{string.Join(", ", faults.Distinct())}]",
        };
    }

    private static void Fill(JsonObject container, string what, LimitRangeItem item, List<string> notes)
    {
        if (container["resources"] is not JsonObject resources) container["resources"] = resources = [];
        Fill("requests", "request", item.DefaultRequest);
        Fill("limits", "limit", item.Default);

        void Fill(string member, string one, IReadOnlyDictionary<string, string>? defaults)
        {
            string[] set =
            [
                .. (defaults ?? new Dictionary<string, string>()).Keys
                    .Where(name => resources.Find(member, name) is null)
                    .Order(StringComparer.Ordinal),
            ];
            if (set.Length == 0) return;
            if (resources[member] is not JsonObject amounts) resources[member] = amounts = [];
            foreach (string name in set) amounts[name] = defaults![name];
            notes.Add($"{string.Join(", ", set)} {one} for {what} {container.Text("name")}");
        }
    }

    private static void Check(
        LimitRangeItem item, Dictionary<string, Quantity> requests, Dictionary<string, Quantity> limits, List<string> faults)
    {
        foreach ((string name, Quantity least) in Amounts(item.Min))
        {
            string fault = $"minimum {name} usage per {item.Type} is {least}";
            bool hasRequest = requests.TryGetValue(name, out Quantity request);
            if (!hasRequest) faults.Add($"{fault}.  No request is specified");
            else if (request < least) faults.Add($"{fault}, but request is {request}");
            else if (limits.TryGetValue(name, out Quantity limit) && limit < least) faults.Add($"{fault}, but limit is {limit}");
        }

        foreach ((string name, Quantity most) in Amounts(item.Max))
        {
            string fault = $"maximum {name} usage per {item.Type} is {most}";
            bool hasLimit = limits.TryGetValue(name, out Quantity limit);
            Quantity request = requests.GetValueOrDefault(name);
            if (!hasLimit) faults.Add($"{fault}.  No limit is specified");
            else if (limit > most) faults.Add($"{fault}, but limit is {limit}");
            else if (request > most) faults.Add($"{fault}, but request is {request}");
        }

        foreach ((string name, Quantity ratio) in Amounts(item.MaxLimitRequestRatio))
        {
            CheckRatio(item, name, ratio, requests, limits, faults);
        }
    }

    private static void CheckRatio(
        LimitRangeItem item,
        string name,
        Quantity ratio,
        Dictionary<string, Quantity> requests,
        Dictionary<string, Quantity> limits,
        List<string> faults)
    {
        string fault = $"{name} max limit to request ratio per {item.Type} is {ratio}";
        Quantity request = requests.GetValueOrDefault(name);
        Quantity limit = limits.GetValueOrDefault(name);
        if (request.Value == 0)
        {
            faults.Add($"{fault}, but no request is specified or request is 0");
            return;
        }

        if (limit.Value == 0)
        {
            faults.Add($"{fault}, but no limit is specified or limit is 0");
            return;
        }

        decimal observed = limit.Value / request.Value;
        if (observed <= ratio.Value) return;
        faults.Add(string.Create(CultureInfo.InvariantCulture, $"{fault}, but provided ratio is {observed:F6}"));
    }

    private static IEnumerable<(string Name, Quantity Amount)> Amounts(IReadOnlyDictionary<string, string>? amounts)
    {
        foreach ((string name, string text) in amounts ?? new Dictionary<string, string>())
        {
            if (Quantity.TryParse(text, out Quantity amount)) yield return (name, amount);
        }
    }
}
