using System.Text.Json.Serialization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Replicas;

/// <summary>
/// What is remembered of a replica across restarts of the platform, as state.json in its folder. The platform can be killed at
/// any moment and finds its engines again by it.
/// </summary>
public sealed record ReplicaRecord
{
    /// <summary>Uid of the object; another one under the same name is another replica.</summary>
    public required string Uid { get; init; }

    public string Service { get; init; } = "";

    public Duration DrainTimeout { get; init; }

    /// <summary>What the whole process may take.</summary>
    public long MemoryBytesMax { get; init; }

    /// <summary>Set while a process is being started: if the platform dies then, its process is found by its arguments.</summary>
    public bool Launching { get; init; }

    /// <summary>When that start began, in clock ticks since the machine booted, as processes' own start times are given.</summary>
    public long LaunchTicks { get; init; }

    /// <summary>The running process; null if none should be running.</summary>
    public ReplicaProcess? Process { get; init; }

    /// <summary>Times of day are here for people. What is measured is measured by <see cref="ReplicaVitals"/>.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? StartedAt { get; init; }

    public string? Endpoint { get; init; }

    /// <summary>Since when the running process has been ready without a break.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? HealthySince { get; init; }

    /// <summary>When the newest process first answered.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? ReadyAt { get; init; }

    public IReadOnlyList<StartupStage>? Startup { get; init; }

    public int Restarts { get; init; }

    /// <summary>Ends in a row without enough health in between; decides the next pause.</summary>
    public int Failures { get; init; }

    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? NextStartAt { get; init; }

    public ReplicaExit? LastExit { get; init; }

    /// <summary>Why the engine said that it cannot serve, where that is how it ended last.</summary>
    public string? Refusal { get; init; }

    /// <summary>Log of the newest process.</summary>
    public string? LogFile { get; init; }

    /// <summary>When the process was asked to end.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? StopRequestedAt { get; init; }

    /// <summary>Why the platform killed the process, until it is seen dead.</summary>
    public ExitReason? KilledFor { get; init; }
}
