using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Disruption;

/// <summary>How many Pods a budget lets go, as Kubernetes' disruption controller counts, as pure functions.</summary>
internal static class BudgetRules
{
    public const string Allowed = "DisruptionAllowed";

    /// <summary>How long a Pod that was let go may take to be seen going; after that it counts again.</summary>
    private static readonly TimeSpan DeletionTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Whether a budget is about a Pod. Without a selector it is about none.</summary>
    public static bool Covers(PodDisruptionBudget budget, IReadOnlyDictionary<string, string> labels) =>
        budget.Spec?.Selector is { } selector && selector.Matches(labels);

    public static bool IsReady(JsonObject pod) => (pod.Find("status", "conditions") as JsonArray ?? []).OfType<JsonObject>()
        .Any(static condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");

    public static Dictionary<string, string> LabelsOf(JsonObject pod) =>
        (pod.Labels() ?? []).ToDictionary(static label => label.Key, static label => label.Value?.ToString() ?? "");

    /// <summary>Names of the Pods that were let go so lately that they count as gone until they are.</summary>
    public static IReadOnlyList<string> Disrupted(PodDisruptionBudget budget, DateTimeOffset now) =>
    [
        .. (budget.Status?.DisruptedPods ?? new Dictionary<string, DateTimeOffset>())
            .Where(pod => now - pod.Value < DeletionTimeout)
            .Select(static pod => pod.Key),
    ];

    /// <summary>The next status of a budget.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="counted">What it counts of its Pods, of which those that <see cref="Disrupted"/> names are no more healthy.</param>
    /// <param name="expected">How many there should be, by those that own them; null where that cannot be told.</param>
    /// <param name="fault">Why that cannot be told.</param>
    /// <param name="now">The time of day.</param>
    public static PodDisruptionBudgetStatus StatusOf(
        PodDisruptionBudget budget, BudgetCount counted, int? expected, string? fault, DateTimeOffset now)
    {
        PodDisruptionBudgetSpec spec = budget.Spec ?? new PodDisruptionBudgetSpec();
        Dictionary<string, DateTimeOffset> going = (budget.Status?.DisruptedPods ?? new Dictionary<string, DateTimeOffset>())
            .Where(pod => counted.Going.Contains(pod.Key))
            .ToDictionary();
        if (expected is not { } count)
        {
            PodDisruptionBudgetStatus last = budget.Status ?? new PodDisruptionBudgetStatus();
            return last with
            {
                ObservedGeneration = budget.Metadata.Generation,
                DisruptionsAllowed = 0,
                Conditions = [Condition(budget, ConditionStatus.False, "SyncFailed", fault ?? "", now)],
            };
        }

        int healthy = counted.Healthy;
        int desired = Desired(spec, count);
        int allowed = count <= 0 ? 0 : Math.Max(0, healthy - desired);
        return new PodDisruptionBudgetStatus
        {
            ObservedGeneration = budget.Metadata.Generation,
            DisruptedPods = going.Count > 0 ? going : null,
            DisruptionsAllowed = allowed,
            CurrentHealthy = healthy,
            DesiredHealthy = desired,
            ExpectedPods = count,
            Conditions = [Condition(budget, allowed, now)],
        };
    }

    /// <summary>The condition that says whether any Pod may go.</summary>
    public static Condition Condition(PodDisruptionBudget budget, int allowed, DateTimeOffset now) => allowed > 0
        ? Condition(budget, ConditionStatus.True, "SufficientPods", "", now)
        : Condition(budget, ConditionStatus.False, "InsufficientPods", "", now);

    /// <summary>Whether the number of Pods that should be there is that of those that are.</summary>
    public static bool CountsPods(PodDisruptionBudgetSpec? spec) =>
        spec?.MaxUnavailable is null
        && (spec?.MinAvailable is not { } least || (DisruptionShare.TryRead(least, out DisruptionShare share) && !share.IsPercent));

    private static int Desired(PodDisruptionBudgetSpec spec, int count)
    {
        if (spec.MaxUnavailable is { } most && DisruptionShare.TryRead(most, out DisruptionShare missing))
        {
            return Math.Max(0, count - missing.Of(count));
        }

        // As in Kubernetes, one that says nothing keeps one.
        return spec.MinAvailable is { } least && DisruptionShare.TryRead(least, out DisruptionShare left) ? left.Of(count) : 1;
    }

    private static Condition Condition(
        PodDisruptionBudget budget, ConditionStatus status, string reason, string message, DateTimeOffset now)
    {
        Condition? last = budget.Status?.Conditions?.FirstOrDefault(static condition => condition.Type == Allowed);
        return new Condition
        {
            Type = Allowed,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = budget.Metadata.Generation,
            LastTransitionTime = last?.Status == status ? last.LastTransitionTime : now,
        };
    }
}
