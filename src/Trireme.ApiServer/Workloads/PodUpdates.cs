using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Workloads;

/// <summary>What of a Pod may change once it is there, as in Kubernetes.</summary>
internal static class PodUpdates
{
    private const string Refusal =
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
        + "(allow it to be set to 1 if it was previously negative)";

    public static void Check(JsonObject before, JsonObject after, FieldErrors errors)
    {
        if (JsonNode.DeepEquals(before["spec"], after["spec"])) return;
        if (before["spec"] is not JsonObject || after["spec"] is not JsonObject) return;
        JsonObject was = before["spec"]!.DeepClone().AsObject();
        JsonObject now = after["spec"]!.DeepClone().AsObject();
        CheckDeadline(was, now, errors);
        CheckTolerations(was, now, errors);
        CheckGates(was, now, errors);
        foreach (string list in (ReadOnlySpan<string>)["containers", "initContainers"]) TakeImages(was, now, list);
        bool wasNegative = was["terminationGracePeriodSeconds"]?.ToString().StartsWith('-') == true;
        if (wasNegative && now["terminationGracePeriodSeconds"]?.ToString() == "1") now.CopyMember(was, "terminationGracePeriodSeconds");
        if (JsonNode.DeepEquals(was, now)) return;
        string[] changed =
        [
            .. was.Select(static member => member.Key).Union(now.Select(static member => member.Key))
                .Where(name => !JsonNode.DeepEquals(was[name], now[name]))
                .Select(static name => "spec." + name),
        ];
        errors.Add("spec", FieldErrorType.Forbidden, $"{Refusal}\nchanged: {string.Join(", ", changed)}");
    }

    private static void CheckDeadline(JsonObject was, JsonObject now, FieldErrors errors)
    {
        const string Field = "activeDeadlineSeconds";
        long? before = ResourceDocument.WholeNumber(was[Field]);
        long? after = ResourceDocument.WholeNumber(now[Field]);
        if (before is not null && after is null)
        {
            errors.Invalid("spec." + Field, "Invalid value: null: must not update from a positive integer to nil value");
        }
        else if (after > before)
        {
            errors.Invalid("spec." + Field, $"Invalid value: {after}: must be less than or equal to previous value");
        }

        now.CopyMember(was, Field);
    }

    private static void CheckTolerations(JsonObject was, JsonObject now, FieldErrors errors)
    {
        const string Field = "tolerations";
        HashSet<string> kept = [.. PodDefaults.Items(now, Field).Select(WithoutSeconds)];
        if (PodDefaults.Items(was, Field).Select(WithoutSeconds).Any(toleration => !kept.Contains(toleration)))
        {
            errors.Add(
                "spec." + Field, FieldErrorType.Forbidden,
                "Forbidden: existing toleration can not be modified except its tolerationSeconds");
        }

        now.CopyMember(was, Field);

        static string WithoutSeconds(JsonObject toleration) =>
            string.Join('\n', toleration.Text("key"), toleration.Text("operator"), toleration.Text("value"), toleration.Text("effect"));
    }

    /// <summary>Gates are lifted and never added.</summary>
    private static void CheckGates(JsonObject was, JsonObject now, FieldErrors errors)
    {
        const string Field = "schedulingGates";
        HashSet<string?> known = [.. PodDefaults.Items(was, Field).Select(static gate => gate.Text("name"))];
        foreach (JsonObject gate in PodDefaults.Items(now, Field).Where(gate => !known.Contains(gate.Text("name"))))
        {
            errors.Add(
                "spec." + Field, FieldErrorType.Forbidden,
                $"Forbidden: only deletion is allowed, but found new scheduling gate '{gate.Text("name")}'");
        }

        now.CopyMember(was, Field);
    }

    private static void TakeImages(JsonObject was, JsonObject now, string list)
    {
        JsonObject[] before = [.. PodDefaults.Items(was, list)];
        JsonObject[] after = [.. PodDefaults.Items(now, list)];
        for (int i = 0; i < Math.Min(before.Length, after.Length); i++) after[i].CopyMember(before[i], "image");
    }
}
