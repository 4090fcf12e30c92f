using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>How far a fleet rollout is.</summary>
public sealed record FleetRolloutStatus
{
    /// <summary>Services of one fleet rollout at most; an entry of the status takes about 250 bytes.</summary>
    public const int ServicesMax = 1000;

    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>The generation of the spec this was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Where it stands.</summary>
    public FleetRolloutPhase Phase { get; init; }

    /// <summary>The release or the model's path as the spec named it in the beginning; another one takes another fleet rollout.</summary>
    public string? Target { get; init; }

    /// <summary>Number of the present wave, from 1.</summary>
    public int Wave { get; init; }

    /// <summary>Services with a part in it.</summary>
    public int Total { get; init; }

    /// <summary>Those that run what they were to move to.</summary>
    public int Moved { get; init; }

    /// <summary>Those that a gate or a person took back.</summary>
    public int Failed { get; init; }

    /// <summary>
    /// How long it has run as the platform measured it: paused, stopped and while no platform ran it does not count. Written with every
    /// change, and every half minute.
    /// </summary>
    public Duration Elapsed { get; init; }

    /// <summary>Value of elapsed when the present wave began.</summary>
    public Duration WaveStartedAfter { get; init; }

    /// <summary>Value of elapsed when all services of the present wave had come to an end; absent while it goes on.</summary>
    public Duration? WaveEndedAfter { get; init; }

    /// <summary>When it began.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The waves with what came of them.</summary>
    [ListMap("number")]
    [MaxLength(21)]
    public IReadOnlyList<FleetWaveStatus> Waves { get; init; } = [];

    /// <summary>Each service with what came of it.</summary>
    [ListMap("name")]
    [MaxLength(ServicesMax)]
    public IReadOnlyList<FleetRolloutMember> Services { get; init; } = [];
}

/// <summary>Where a fleet rollout stands.</summary>
public enum FleetRolloutPhase
{
    /// <summary>Services move, or the pause between two waves runs.</summary>
    Progressing,

    /// <summary>The spec asks to begin nothing more.</summary>
    Paused,

    /// <summary>A service was taken back, or a wave took too long; a person decides.</summary>
    Stopped,

    /// <summary>What has moved goes back.</summary>
    Undoing,

    /// <summary>What had moved went back.</summary>
    Undone,

    /// <summary>Every service has come to an end.</summary>
    Completed,
}

/// <summary>One wave in numbers.</summary>
public sealed record FleetWaveStatus
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Services in it.</summary>
    public int Services { get; init; }

    /// <summary>Those that have moved.</summary>
    public int Moved { get; init; }

    /// <summary>Those that a gate or a person took back.</summary>
    public int Failed { get; init; }

    /// <summary>Those that wait for their turn or move.</summary>
    public int Open { get; init; }
}

/// <summary>One service of a fleet rollout.</summary>
public sealed record FleetRolloutMember
{
    /// <summary>The service.</summary>
    public required string Name { get; init; }

    /// <summary>Tells it from another service that is given its name later.</summary>
    public required string Uid { get; init; }

    /// <summary>Its wave, from 1.</summary>
    public required int Wave { get; init; }

    /// <summary>The release that its spec named in the beginning.</summary>
    public required string From { get; init; }

    /// <summary>The release it moves to.</summary>
    public required string To { get; init; }

    /// <summary>What came of it.</summary>
    public required FleetMemberOutcome Outcome { get; init; }

    /// <summary>Generation of the service since it was seen to be ordered; what is older is not believed.</summary>
    public long? Generation { get; init; }

    /// <summary>What a person should know; absent where the outcome says it all.</summary>
    public string? Message { get; init; }
}

/// <summary>What came of one service.</summary>
public enum FleetMemberOutcome
{
    /// <summary>Its turn has not come.</summary>
    Pending,

    /// <summary>Its spec names the new release, and its own rollout is under way.</summary>
    Moving,

    /// <summary>It is scaled to zero and moves when it starts again; no wave waits for it.</summary>
    Asleep,

    /// <summary>The new release serves alone.</summary>
    Moved,

    /// <summary>Its own rollout was taken back by a gate, or the new release could not start.</summary>
    Failed,

    /// <summary>Its owner went back to the release it had.</summary>
    TakenBack,

    /// <summary>Its owner named another release, which counts.</summary>
    Overridden,

    /// <summary>Its labels match no more, or it was excluded, while it moved.</summary>
    Left,

    /// <summary>It was deleted.</summary>
    Gone,

    /// <summary>It goes back, because this rollout is undone.</summary>
    Undoing,

    /// <summary>It runs the release that it had.</summary>
    Undone,
}

/// <summary>Conditions of a FleetRollout.</summary>
public static class FleetRolloutConditions
{
    /// <summary>True once every service has come to an end; the reason tells progress, a pause or why it stopped.</summary>
    public const string Complete = "Complete";
}
