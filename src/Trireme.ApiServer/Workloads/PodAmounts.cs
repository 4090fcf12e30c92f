using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Workloads;

/// <summary>What a Pod needs and may take as a whole, as Kubernetes counts it.</summary>
internal static class PodAmounts
{
    private static readonly string[] Ranked = ["cpu", "memory"];

    /// <summary>
    /// What a Pod asks for: the sum of its containers and of the init containers that run beside them, or what any other init container
    /// needs at its time where that is more; and what its sandbox takes.
    /// </summary>
    /// <param name="spec">The Pod's spec.</param>
    /// <param name="member">"requests" or "limits".</param>
    public static Dictionary<string, Quantity> Of(JsonObject spec, string member)
    {
        var sums = new Dictionary<string, Quantity>();
        foreach (JsonObject container in PodDefaults.Items(spec, "containers")) Quantities.Add(sums, OfContainer(container, member));
        var beside = new Dictionary<string, Quantity>();
        var most = new Dictionary<string, Quantity>();
        foreach (JsonObject container in PodDefaults.Items(spec, "initContainers"))
        {
            Dictionary<string, Quantity> amounts = OfContainer(container, member);
            if (container.Text("restartPolicy") == "Always")
            {
                Quantities.Add(sums, amounts);
                Quantities.Add(beside, amounts);
                Quantities.Raise(most, beside);
                continue;
            }

            Quantities.Add(amounts, beside);
            Quantities.Raise(most, amounts);
        }

        Quantities.Raise(sums, most);
        if (spec.Find("resources", member) is JsonObject whole)
        {
            // What is said of the whole Pod counts instead.
            foreach ((string name, Quantity amount) in Quantities.Read(whole)) sums[name] = amount;
        }

        Dictionary<string, Quantity> overhead = Quantities.Read(spec["overhead"] as JsonObject);
        foreach ((string name, Quantity amount) in overhead)
        {
            // A limit that is none stays none.
            if (member == "requests" || sums.ContainsKey(name)) sums[name] = sums.GetValueOrDefault(name) + amount;
        }

        return sums;
    }

    public static Dictionary<string, Quantity> OfContainer(JsonObject container, string member) =>
        Quantities.Read(container.Find("resources", member) as JsonObject);

    /// <summary>Guaranteed, Burstable or BestEffort: who goes first when memory is short.</summary>
    public static string QosOf(JsonObject spec)
    {
        bool asksNothing = true;
        bool isGuaranteed = true;
        foreach (JsonObject container in PodDefaults.Items(spec, "initContainers").Concat(PodDefaults.Items(spec, "containers")))
        {
            Dictionary<string, Quantity> requests = OfContainer(container, "requests");
            Dictionary<string, Quantity> limits = OfContainer(container, "limits");
            foreach (string name in Ranked)
            {
                Quantity request = requests.GetValueOrDefault(name);
                Quantity limit = limits.GetValueOrDefault(name);
                asksNothing &= request.Value == 0 && limit.Value == 0;
                isGuaranteed &= limit.Value > 0 && request.Value == limit.Value;
            }
        }

        return asksNothing ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable";
    }
}
