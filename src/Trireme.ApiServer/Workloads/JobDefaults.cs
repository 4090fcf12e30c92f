using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Workloads;

/// <summary>What the server sets on Jobs, and what of them never changes, as in Kubernetes.</summary>
internal static class JobDefaults
{
    /// <summary>What of a spec stays as it was made; its template may change while it rests.</summary>
    private static readonly string[] Fixed =
        ["completions", "selector", "completionMode", "podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "managedBy"];

    /// <summary>Sets the selector and the labels by which a new Job finds its Pods.</summary>
    public static void Complete(JsonObject job)
    {
        if (job["spec"] is not JsonObject spec) return;
        IReadOnlyDictionary<string, string> labels = JobRules.LabelsOf(job.Name(), job.Uid());
        SetLabels(job.Metadata(), labels);
        if (spec["template"] is JsonObject template) SetLabels(template.Metadata(), labels);
        spec["selector"] ??= new JsonObject { ["matchLabels"] = new JsonObject { [JobRules.UidLabel] = job.Uid() } };
        if (spec["parallelism"] is null && spec["completions"] is null) spec["completions"] = 1;
    }

    public static void Apply(JsonObject spec)
    {
        spec["parallelism"] ??= 1;
        spec["backoffLimit"] ??= 6;
        spec["completionMode"] ??= "NonIndexed";
        spec["suspend"] ??= false;
        spec["manualSelector"] ??= false;
        spec["podReplacementPolicy"] ??= "TerminatingOrFailed";
        if (spec.Find("template", "spec") is not JsonObject template) return;
        // A template without a word of it is refused: what is started again for ever never ends.
        bool saysRestart = template["restartPolicy"] is not null;
        PodDefaults.Apply(template);
        if (!saysRestart) template.Remove("restartPolicy");
    }

    public static void CheckUpdate(JsonObject before, JsonObject after, FieldErrors errors)
    {
        foreach (string field in Fixed) Keep(field);
        bool rests = before.Find("spec", "suspend")?.ToString() == "true" && before.Find("status", "active") is null;
        if (!rests) Keep("template");

        void Keep(string field)
        {
            JsonNode? now = after.Find("spec", field);
            if (JsonNode.DeepEquals(before.Find("spec", field), now)) return;
            string shown = now is JsonValue plain ? plain.ToString() : field;
            errors.Add("spec." + field, FieldErrorType.Invalid, $"Invalid value: \"{shown}\": field is immutable");
        }
    }

    private static void SetLabels(JsonObject metadata, IReadOnlyDictionary<string, string> labels)
    {
        if (metadata["labels"] is not JsonObject present) metadata["labels"] = present = [];
        foreach ((string name, string value) in labels) present[name] = value;
    }
}
