using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Workloads;

/// <summary>What the kinds of workloads do beyond their schema: the server's defaults, and what of them never changes.</summary>
internal static class WorkloadRules
{
    /// <summary>Sets what the server sets on a new object, which has its UID.</summary>
    public static void OnCreate(ServedResource resource, JsonObject document)
    {
        Type type = resource.Definition.ClrType;
        if (type == typeof(Job)) JobDefaults.Complete(document);
        OnWrite(resource, document);
        if (type == typeof(Pod)) document["status"] = new JsonObject { ["phase"] = "Pending" };
        else if (type == typeof(PodDisruptionBudget)) document["status"] = EmptyBudget();
        else if (resource.Definition.HasStatus) document["status"] = new JsonObject();
    }

    /// <summary>Sets what the server sets on a new or changed object.</summary>
    public static void OnWrite(ServedResource resource, JsonObject document)
    {
        Type type = resource.Definition.ClrType;
        if (type == typeof(PodPriorityClass)) document["preemptionPolicy"] ??= "PreemptLowerPriority";
        if (document["spec"] is not JsonObject spec) return;
        if (type == typeof(Pod)) PodDefaults.ApplyToPod(spec);
        else if (type == typeof(Job)) JobDefaults.Apply(spec);
        else if (type == typeof(ResourceQuota) && spec["hard"] is JsonObject hard) Quantities.Respell(hard);
        else if (type == typeof(LimitRange)) LimitRangeDefaults.Apply(spec);
    }

    /// <summary>Refuses changes of what may not change.</summary>
    public static void CheckUpdate(ServedResource resource, JsonObject before, JsonObject after, FieldErrors errors)
    {
        Type type = resource.Definition.ClrType;
        if (type == typeof(Pod)) PodUpdates.Check(before, after, errors);
        else if (type == typeof(Job)) JobDefaults.CheckUpdate(before, after, errors);
        else if (type == typeof(PodPriorityClass)) Keep(before, after, ["value", "preemptionPolicy"], errors);
        else if (type == typeof(ResourceQuota)) Keep(before, after, ["spec.scopes"], errors);
    }

    /// <summary>Warns of what Kubernetes warns of in Pods.</summary>
    public static void Warn(ServedResource resource, JsonObject document, HttpResponse response)
    {
        Type type = resource.Definition.ClrType;
        string? path = type == typeof(Pod) ? "spec" : type == typeof(Job) ? "spec.template.spec" : null;
        if (path is not null && document.Find(path.Split('.')) is JsonObject spec) PodWarnings.Give(spec, path, response);
    }

    private static void Keep(JsonObject before, JsonObject after, ReadOnlySpan<string> fields, FieldErrors errors)
    {
        foreach (string field in fields)
        {
            if (JsonNode.DeepEquals(before.Find(field.Split('.')), after.Find(field.Split('.')))) continue;
            errors.Add(field, FieldErrorType.Invalid, $"Invalid value: \"{after.Find(field.Split('.'))}\": field is immutable");
        }
    }

    private static JsonObject EmptyBudget() => new()
    {
        ["disruptionsAllowed"] = 0, ["currentHealthy"] = 0, ["desiredHealthy"] = 0, ["expectedPods"] = 0,
    };
}
