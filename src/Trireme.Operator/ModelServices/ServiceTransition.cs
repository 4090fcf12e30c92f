using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>A change of a service's status that people want to hear of.</summary>
internal sealed record ServiceTransition(EventType Type, string Reason, string Message)
{
    /// <summary>The conditions whose change is news; Scaled changes with every replica and would drown the rest.</summary>
    private static readonly string[] Announced =
        [ModelServiceConditions.RolledOut, ModelServiceConditions.Available, ModelServiceConditions.ReleaseReady];

    public static IEnumerable<ServiceTransition> Between(ModelServiceStatus? before, ModelServiceStatus after)
    {
        foreach (string type in Announced)
        {
            Condition? then = (before?.Conditions).Find(type);
            Condition now = after.Conditions.Find(type)!;
            bool stepped = type == ModelServiceConditions.RolledOut && before?.Rollout?.Step != after.Rollout?.Step;
            if (then?.Reason == now.Reason && then.Status == now.Status && !stepped) continue;
            yield return new ServiceTransition(IsWorse(then, now, after) ? EventType.Warning : EventType.Normal, now.Reason, now.Message);
        }
    }

    private static bool IsWorse(Condition? then, Condition now, ModelServiceStatus after)
    {
        if (now.Status == ConditionStatus.True) return false;
        return now.Type == ModelServiceConditions.RolledOut
            ? after.Rollout?.Phase is RolloutPhase.RolledBack or RolloutPhase.Held
            : then?.Status == ConditionStatus.True;
    }
}
