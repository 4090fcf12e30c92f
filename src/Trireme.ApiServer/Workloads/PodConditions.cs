using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>Conditions in the status of a Pod held as JSON.</summary>
internal static class PodConditions
{
    /// <summary>The reason of a Pod that waits for its scheduling gates.</summary>
    public const string Gated = "SchedulingGated";

    /// <summary>Says of a new Pod why no scheduler may look at it, where that is so.</summary>
    public static void SetGated(JsonObject pod, DateTimeOffset now)
    {
        if (pod.Find("spec", "schedulingGates") is not JsonArray { Count: > 0 }) return;
        pod["status"]!["conditions"] = new JsonArray(new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "False",
            ["lastTransitionTime"] = ResourceDocument.Timestamp(now),
            ["reason"] = Gated,
            ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
        });
    }

    /// <summary>Says that a condition holds, in place of what was said of it.</summary>
    public static void Set(JsonObject pod, string type, string? reason, string? message, DateTimeOffset now)
    {
        if (pod["status"] is not JsonObject status) pod["status"] = status = [];
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        JsonObject? present = conditions.OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == type);
        if (present?.Text("status") == "True" && present.Text("reason") == reason) return;
        if (present is not null) conditions.Remove(present);
        var condition = new JsonObject
        {
            ["type"] = type, ["status"] = "True", ["lastTransitionTime"] = ResourceDocument.Timestamp(now),
        };
        if (reason is not null) condition["reason"] = reason;
        if (message is not null) condition["message"] = message;
        conditions.Add(condition);
    }
}
