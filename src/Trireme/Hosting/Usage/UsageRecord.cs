using Trireme.Gateway.Accounting;

namespace Trireme.Hosting.Usage;

/// <summary>A request that has ended, as it goes into the ledger's file.</summary>
internal sealed record UsageRecord
{
    /// <summary>Its number, by which it is counted once however often it is written.</summary>
    public required long Sequence { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long EndedAt { get; init; }

    public required string RequestId { get; init; }

    public required string Namespace { get; init; }

    public required string Key { get; init; }

    public required string Service { get; init; }

    /// <summary>Empty where none was asked.</summary>
    public required string Release { get; init; }

    public required string Route { get; init; }

    public required UsageOutcome Outcome { get; init; }

    /// <summary>HTTP status; 0 of one that the gateway did not outlive.</summary>
    public required int Status { get; init; }

    public required int Attempts { get; init; }

    public required UsageCounts Counts { get; init; }

    /// <summary>How long replicas had it.</summary>
    public required long ReplicaMilliseconds { get; init; }

    /// <summary>What its part of that time costs, in billionths of the currency.</summary>
    public required long ReplicaCost { get; init; }
}
