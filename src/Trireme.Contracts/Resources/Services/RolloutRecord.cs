using System.Text.Json.Serialization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>A move that has ended, with what came of it and why.</summary>
public sealed record RolloutRecord
{
    /// <summary>
    /// Records a service keeps. Each is a few hundred bytes, and the status is written every few seconds while a rollout moves.
    /// </summary>
    public const int CountMax = 10;

    /// <summary>Number of the move among those of the service, from 1.</summary>
    public required long Revision { get; init; }

    /// <summary>The release that served before; absent for the first.</summary>
    public ReleaseRef? From { get; init; }

    public required ReleaseRef To { get; init; }

    /// <summary>Promoted, RolledBack or Superseded.</summary>
    public required RolloutPhase Outcome { get; init; }

    /// <summary>What a person said about the move, if anything.</summary>
    public RolloutOrder? Order { get; init; }

    /// <summary>When it began.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset EndedAt { get; init; }

    /// <summary>What the outcome rests on: the numbers of the verdict, or what a person said.</summary>
    public required string Evidence { get; init; }
}
