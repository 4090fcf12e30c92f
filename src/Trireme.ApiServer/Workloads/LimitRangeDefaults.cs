using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>What the limits of containers are where a LimitRange does not say: the most that is allowed, or the least.</summary>
internal static class LimitRangeDefaults
{
    private static readonly string[] Maps = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];

    public static void Apply(JsonObject spec)
    {
        foreach (JsonObject item in PodDefaults.Items(spec, "limits"))
        {
            foreach (string map in Maps)
            {
                if (item[map] is JsonObject amounts) Quantities.Respell(amounts);
            }

            if (item.Text("type") != LimitRangeItem.Container) continue;
            Take(item, "default", "max");
            Take(item, "defaultRequest", "default");
            Take(item, "defaultRequest", "min");
        }
    }

    private static void Take(JsonObject item, string into, string from)
    {
        if (item[from] is not JsonObject { Count: > 0 } amounts) return;
        if (item[into] is not JsonObject present) item[into] = present = [];
        foreach ((string name, JsonNode? amount) in amounts)
        {
            if (!present.ContainsKey(name)) present[name] = amount?.DeepClone();
        }
    }
}
