using System.Text.RegularExpressions;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>What a schema cannot say of gates.</summary>
internal static class RolloutGateRules
{
    private const string Field = "spec.rollout.gates";

    public static void Validate(RolloutGates gates, FieldErrors errors)
    {
        for (int i = 0; i < gates.QualityPrompts.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(gates.QualityPrompts[i])) continue;
            errors.Invalid($"{Field}.qualityPrompts[{i}]", "must not be blank; give a text to measure, or remove it");
        }

        for (int i = 0; i < (gates.Tasks?.Count ?? 0); i++) Validate(gates.Tasks![i], $"{Field}.tasks[{i}]", errors);
        if (gates.MaxTaskFailureIncrease is not null && gates.Tasks is not { Count: > 0 })
        {
            errors.Invalid($"{Field}.maxTaskFailureIncrease", $"says nothing without tasks; remove it, or give {Field}.tasks");
        }

        if (gates.MaxSafetyEventIncrease is not null)
        {
            errors.Invalid(
                $"{Field}.maxSafetyEventIncrease",
                "cannot be judged: nothing of this version counts safety events, so that the gate would pass every release; remove it. "
                    + "maxFinishReasonShift sees answers that engines end by content_filter");
        }
    }

    private static void Validate(GateTask task, string field, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(task.Prompt))
        {
            errors.Invalid($"{field}.prompt", "must not be blank; ask something, or remove the task");
        }

        if (task is { Exact: null, Contains: null, Pattern: null, JsonMembers: null })
        {
            errors.Required($"{field}.contains", "or exact, pattern or jsonMembers must be set, or every answer would be right");
        }

        if (task.Contains is "" || task.Pattern is "")
        {
            string part = task.Contains is "" ? "contains" : "pattern";
            errors.Invalid($"{field}.{part}", "must not be empty, because every answer has it");
        }

        if (task.Pattern is { } pattern && Problem(pattern) is { } problem) errors.Invalid($"{field}.pattern", problem);
    }

    private static string? Problem(string pattern)
    {
        try
        {
            _ = new Regex(pattern, GateTaskPattern.Options);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return $"is no regular expression that can be matched in bounded time: {exception.Message}";
        }
    }
}
