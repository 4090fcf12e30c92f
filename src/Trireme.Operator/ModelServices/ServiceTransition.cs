using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>A change of a service's status that people want to hear of.</summary>
internal sealed record ServiceTransition(EventType Type, string Reason, string Message)
{
    /// <summary>The conditions whose change is news; Scaled changes with every replica and would drown the rest.</summary>
    private static readonly string[] Announced =
    [
        ModelServiceConditions.RolledOut, ModelServiceConditions.Available, ModelServiceConditions.ReleaseReady,
        ModelServiceConditions.ScalingActive,
    ];

    /// <summary>What every start begins with, and what the change of the number of replicas tells by itself.</summary>
    private static readonly string?[] Untold = [null, ScalingReasons.SignalsMissing, ScalingReasons.Asleep];

    public static IEnumerable<ServiceTransition> Between(ModelServiceStatus? before, ModelServiceStatus after)
    {
        foreach (string type in Announced)
        {
            Condition? then = (before?.Conditions).Find(type);
            if (after.Conditions.Find(type) is not { } now) continue;
            // What was made with none and has none is as it was asked for from the start.
            if (then is null && now.Reason == ServiceReasons.ScaledToZero) continue;
            bool isScaling = type == ModelServiceConditions.ScalingActive;
            if (isScaling && (Untold.Contains(then?.Reason) || Untold.Contains(now.Reason))) continue;
            bool stepped = type == ModelServiceConditions.RolledOut && before?.Rollout?.Step != after.Rollout?.Step;
            if (then?.Reason == now.Reason && then.Status == now.Status && !stepped) continue;
            yield return new ServiceTransition(IsFault(then, now, after) ? EventType.Warning : EventType.Normal, now.Reason, now.Message);
        }
    }

    /// <summary>
    /// Whether a person is to look: at what does not get on by itself, or has answered and does so no more. What is on its way, and what a
    /// person asked for, is none.
    /// </summary>
    private static bool IsFault(Condition? then, Condition now, ModelServiceStatus after) => now.Status == ConditionStatus.False
        && now.Type switch
        {
            ModelServiceConditions.Available => now.Reason switch
            {
                ServiceReasons.ScaledToZero => false,
                ServiceReasons.NoReadyReplica => then?.Status == ConditionStatus.True,
                _ => true,
            },
            ModelServiceConditions.RolledOut => now.Reason switch
            {
                RolloutReasons.RolledBack or RolloutReasons.Held or RolloutReasons.StartFailed
                    or RolloutReasons.ProgressDeadlineExceeded => true,
                // A release that is being verified is on its way.
                RolloutReasons.ReleaseNotReady =>
                    after.Conditions.Find(ModelServiceConditions.ReleaseReady)?.Status == ConditionStatus.False,
                _ => false,
            },
            _ => true,
        };
}
