using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;

namespace Trireme.Fleet.Services;

/// <summary>What is to be done for one service now.</summary>
public sealed record ServiceDecision
{
    /// <summary>The service as it was seen.</summary>
    public required ModelService Service { get; init; }

    /// <summary>The status to record before anything else is done.</summary>
    public required ModelServiceStatus Status { get; init; }

    /// <summary>Replicas to create, by what they are made from.</summary>
    public required IReadOnlyList<ReplicaOrder> Create { get; init; }

    /// <summary>Replicas to drain and delete.</summary>
    public required IReadOnlyList<ModelReplica> Delete { get; init; }

    /// <summary>When to decide again even if nothing changes.</summary>
    public TimeSpan? RequeueAfter { get; init; }
}

/// <summary>A number of replicas of one kind.</summary>
public sealed record ReplicaOrder(ReplicaTemplate Template, int Count);
