using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;

namespace Trireme.Fleet.Scaling;

/// <summary>Everything that the decision about the number of replicas is made from.</summary>
public sealed record ScalingSnapshot
{
    public required ScalingSpec Scaling { get; init; }

    /// <summary>What the status has recorded; null before the first decision.</summary>
    public ScalingStatus? Recorded { get; init; }

    /// <summary>What is remembered of the load; null where nobody looks at it.</summary>
    public ScalingMemory? Memory { get; init; }

    /// <summary>The steady time to measure with, the time of day to record.</summary>
    public required Moment Now { get; init; }

    /// <summary>Replicas that answer.</summary>
    public int Ready { get; init; }

    /// <summary>True once a release has served: until then one replica starts to show that it can.</summary>
    public bool HasServed { get; init; }
}
