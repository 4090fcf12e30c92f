using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>How many replicas spec.scaling has decided on, and what it knows.</summary>
public sealed record ScalingStatus
{
    /// <summary>Replicas that are wanted.</summary>
    public required int Desired { get; init; }

    /// <summary>Replicas that answered when this was written.</summary>
    public int Current { get; init; }

    /// <summary>Why it is that many, with the numbers it follows from.</summary>
    public required string Reason { get; init; }

    /// <summary>When the number was last changed; absent before its first change.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? LastChange { get; init; }

    /// <summary>The number before that.</summary>
    public int? ChangedFrom { get; init; }

    /// <summary>What one replica carries, as far as it was measured. A restart of the platform goes on from here.</summary>
    public ScalingCapacity? Capacity { get; init; }

    /// <summary>What the last start of a replica took, phase by phase, or has taken so far.</summary>
    [ListMap("phase")]
    [MaxLength(16)]
    public IReadOnlyList<StartupPhase>? Startup { get; init; }
}

/// <summary>What one replica carries within the SLO.</summary>
public sealed record ScalingCapacity
{
    /// <summary>Most load of the size classes that are told apart; see cells.</summary>
    public const int CellsMax = 20;

    /// <summary>What was measured: a hash of release and resources. Another one has to be measured again.</summary>
    public required string Of { get; init; }

    /// <summary>Requests in flight at one replica up to which they are answered within the SLO.</summary>
    public double Concurrency { get; init; }

    /// <summary>Requests per second that it then answers.</summary>
    public double RequestsPerSecond { get; init; }

    /// <summary>
    /// Replicas that are enough for the load of the last half hour, over those that its highest rate needs by itself: bursts and chance
    /// take the rest. After a restart the rate is multiplied by it until enough load was seen again.
    /// </summary>
    public double Headroom { get; init; }

    /// <summary>How far back the load is prepared for: the shortest time of those that were rehearsed and missed little enough.</summary>
    public int WindowSeconds { get; init; }

    /// <summary>
    /// What the share that may be late in what is planned was moved by, in parts of what the SLO lets miss: below 0 after misses, above 0
    /// where more could be missed.
    /// </summary>
    public double Risk { get; init; }

    /// <summary>Measurements by requests in flight; old ones count less and less.</summary>
    [ListMap("concurrency")]
    [MaxLength(CellsMax)]
    public IReadOnlyList<CapacityCell> Cells { get; init; } = [];
}

/// <summary>What was measured of replicas with so much in flight.</summary>
public sealed record CapacityCell
{
    /// <summary>Requests in flight at the replica, at most, that this is about; more than the cell before it.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Requests that ended, weighted by their length and by age.</summary>
    public double Requests { get; init; }

    /// <summary>Seconds that requests were at replicas meanwhile, weighted in the same way.</summary>
    public double Seconds { get; init; }

    /// <summary>Answers that were compared with the SLO, weighted by age.</summary>
    public double Judged { get; init; }

    /// <summary>Those of them that were within it.</summary>
    public double Met { get; init; }
}

/// <summary>One phase of a replica's start.</summary>
public sealed record StartupPhase
{
    /// <summary>
    /// "create": until the process runs. "load": until the replica answers, of which the engine's own stages follow, such as "weights".
    /// </summary>
    public required string Phase { get; init; }

    /// <summary>Seconds it took, or has taken when this was written; absent before it began.</summary>
    public double? Seconds { get; init; }

    /// <summary>True once it is over.</summary>
    public bool Done { get; init; }

    /// <summary>Seconds it is expected to take, from the starts before; absent before the first.</summary>
    public double? ForecastSeconds { get; init; }
}
