using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>One running engine, owned by a ModelService. Deleting it drains it: no new requests, open streams end, then it stops.</summary>
public sealed record ModelReplica : IResourceWithStatus<ModelReplicaStatus>, IHasTypeMeta
{
    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "ModelReplica";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required ModelReplicaSpec Spec { get; init; }

    public ModelReplicaStatus? Status { get; init; }
}

/// <summary>What the replica runs; set by the service and never changed.</summary>
public sealed record ModelReplicaSpec
{
    /// <summary>Name of the ModelService this replica answers for.</summary>
    public required string Service { get; init; }

    /// <summary>Name of the Release it runs.</summary>
    public required string Release { get; init; }

    /// <summary>Content hash of the release, so that a replica never runs anything else under the same name.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Absolute path of the model: a folder or a GGUF file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Absolute path of the draft model, of a release that names one.</summary>
    public string? DraftModelPath { get; init; }

    public EngineSpec Engine { get; init; } = new();

    public ReplicaResources Resources { get; init; } = new();

    /// <summary>Longest wait for open streams before the engine is stopped.</summary>
    public Duration DrainTimeout { get; init; } = Duration.FromSeconds(60);
}

/// <summary>Where a replica is in its life.</summary>
public enum ReplicaPhase
{
    /// <summary>No process yet.</summary>
    Pending,

    /// <summary>The process runs and loads the model.</summary>
    Starting,

    /// <summary>Answers requests.</summary>
    Ready,

    /// <summary>Takes no new requests and finishes the open ones.</summary>
    Draining,

    /// <summary>The process ended and is started again after a pause.</summary>
    BackingOff,
}

/// <summary>What the replica is.</summary>
public sealed record ModelReplicaStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public ReplicaPhase Phase { get; init; }

    /// <summary>Base address of the engine's HTTP interface.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Process of the engine on this machine.</summary>
    public ReplicaProcess? Process { get; init; }

    /// <summary>Times the engine was started again after it ended by itself.</summary>
    [Range(0, int.MaxValue)]
    public int Restarts { get; init; }

    /// <summary>How the last engine process ended.</summary>
    public string? LastExit { get; init; }

    /// <summary>What start-up took, stage by stage.</summary>
    [ListMap("stage")]
    public IReadOnlyList<StartupStage>? Startup { get; init; }

    /// <summary>When the replica first answered.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? ReadyAt { get; init; }
}

/// <summary>A process identified beyond doubt: process ids are reused, the pair with the start time is not.</summary>
public sealed record ReplicaProcess
{
    public required int Pid { get; init; }

    /// <summary>Start time in clock ticks since boot, field 22 of /proc/PID/stat.</summary>
    public required long StartTicks { get; init; }
}

/// <summary>One stage of a replica's start, such as "weights".</summary>
public sealed record StartupStage
{
    public required string Stage { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>Conditions of a ModelReplica.</summary>
public static class ModelReplicaConditions
{
    /// <summary>True when the engine answers and has the model loaded.</summary>
    public const string Ready = "Ready";
}
