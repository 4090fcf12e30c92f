using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>How many replicas a service is to have, and what is said of that.</summary>
public sealed record ScalingDecision
{
    /// <summary>Replicas of the serving release.</summary>
    public int Desired => Status.Desired;

    /// <summary>What to record.</summary>
    public required ScalingStatus Status { get; init; }

    /// <summary>The condition ScalingActive.</summary>
    public required (ConditionStatus Status, string Reason, string Message) Active { get; init; }

    /// <summary>When to decide again even if nothing happens.</summary>
    public required TimeSpan RequeueAfter { get; init; }
}
