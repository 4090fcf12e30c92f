using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>One running engine, owned by a ModelService. Deleting it drains it: no new requests, open streams end, then it stops.</summary>
public sealed record ModelReplica : IResourceWithStatus<ModelReplicaStatus>, IHasTypeMeta, IUsesObjects
{
    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "ModelReplica";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required ModelReplicaSpec Spec { get; init; }

    public ModelReplicaStatus? Status { get; init; }

    /// <summary>The release it runs, which it is started from again after a death.</summary>
    public IEnumerable<ObjectUse> Uses() => [new ObjectUse(Release.TypeKind, Spec.Release, "spec.release", "running it")];
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

    /// <summary>Where the model is and what it must be.</summary>
    public required ArtifactSource Model { get; init; }

    /// <summary>The same of the draft model, of a release that names one.</summary>
    public ArtifactSource? DraftModel { get; init; }

    /// <summary>The same of the chat template, of a release that replaces the model's own.</summary>
    public ArtifactSource? ChatTemplate { get; init; }

    /// <summary>The same of each LoRA adapter, in the release's order.</summary>
    [ListMap("name")]
    [MaxLength(64)]
    public IReadOnlyList<ReplicaAdapter>? Adapters { get; init; }

    public EngineSpec Engine { get; init; } = new();

    public ReplicaResources Resources { get; init; } = new();

    /// <summary>Where it may run; absent where that is anywhere.</summary>
    public PlacementSpec? Placement { get; init; }

    /// <summary>Longest wait for open streams before the engine is stopped.</summary>
    public Duration DrainTimeout { get; init; } = Duration.FromSeconds(60);

    /// <summary>Everything the engine reads.</summary>
    public IEnumerable<ArtifactSource> Sources()
    {
        yield return Model;
        if (DraftModel is not null) yield return DraftModel;
        if (ChatTemplate is not null) yield return ChatTemplate;
        foreach (ReplicaAdapter adapter in Adapters ?? []) yield return adapter.Source;
    }
}

/// <summary>Files an engine is started with.</summary>
public sealed record ArtifactSource
{
    /// <summary>
    /// Absolute URI of a folder or a file. "file:///PATH" is on the machine that runs the replica.
    /// </summary>
    public required string Uri { get; init; }

    /// <summary>
    /// SHA-256 of a file, or over the names and digests of a folder's files; absent on replicas of versions that recorded none, whose
    /// files are held to the release's content hash alone.
    /// </summary>
    [RegularExpression("^sha256:[0-9a-f]{64}$")]
    public string? Digest { get; init; }

    /// <summary>Source of an absolute path on this machine.</summary>
    public static ArtifactSource OfFile(string path, string? digest = null) =>
        new() { Uri = new UriBuilder(System.Uri.UriSchemeFile, "") { Path = path }.Uri.AbsoluteUri, Digest = digest };

    /// <summary>The path on this machine; null for a source that is elsewhere.</summary>
    public string? LocalPath() =>
        System.Uri.TryCreate(Uri, UriKind.Absolute, out System.Uri? uri) && uri.IsFile ? uri.LocalPath : null;
}

/// <summary>A LoRA adapter with the name clients call it by.</summary>
public sealed record ReplicaAdapter
{
    /// <summary>Name that requests call it by.</summary>
    public required string Name { get; init; }

    /// <summary>Where its files are and what they must be.</summary>
    public required ArtifactSource Source { get; init; }
}

/// <summary>Where a replica is in its life.</summary>
public enum ReplicaPhase
{
    /// <summary>No engine yet.</summary>
    Pending,

    /// <summary>The engine runs and loads the model.</summary>
    Starting,

    /// <summary>Answers requests.</summary>
    Ready,

    /// <summary>Takes no new requests and finishes the open ones.</summary>
    Draining,

    /// <summary>The engine ended and is started again after a pause.</summary>
    BackingOff,

    /// <summary>The engine says that it can never serve this model as it is asked to; it is not started again.</summary>
    Failed,
}

/// <summary>What the replica is.</summary>
public sealed record ModelReplicaStatus
{
    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public ReplicaPhase Phase { get; init; }

    /// <summary>Where it was placed; absent while there is no room for it. It keeps its place through restarts.</summary>
    public ReplicaPlace? Place { get; init; }

    /// <summary>Base address of the engine's HTTP interface.</summary>
    public string? Endpoint { get; init; }

    /// <summary>What runs the engine; the section of that name says where. "process" is a process of this machine.</summary>
    [AllowedValues(ReplicaRuntimes.Process)]
    public string? Runtime { get; init; }

    /// <summary>The engine's process, for the runtime "process".</summary>
    public ReplicaProcess? Process { get; init; }

    /// <summary>When the running process was started; absent while none runs.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Times the engine was started again after it ended by itself.</summary>
    [Range(0, int.MaxValue)]
    public int Restarts { get; init; }

    /// <summary>Times the engine ended by itself since it last was healthy for a while. Decides how long the next start waits.</summary>
    [Range(0, int.MaxValue)]
    public int ConsecutiveFailures { get; init; }

    /// <summary>How the engine ended last.</summary>
    public string? LastExit { get; init; }

    /// <summary>The same in parts, with its times.</summary>
    public ReplicaTermination? LastTermination { get; init; }

    /// <summary>Log of the newest process, for the runtime "process": a path on its machine. Older processes' logs lie beside it.</summary>
    public string? LogFile { get; init; }

    /// <summary>What start-up took, stage by stage.</summary>
    [ListMap("stage")]
    public IReadOnlyList<StartupStage>? Startup { get; init; }

    /// <summary>When the running process first answered; absent until it has, and while none runs.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? ReadyAt { get; init; }
}

/// <summary>Values of status.runtime.</summary>
public static class ReplicaRuntimes
{
    /// <summary>A child process of the platform, on this machine.</summary>
    public const string Process = "process";
}

/// <summary>A process identified beyond doubt: process ids are reused, the pair with the start time is not.</summary>
public sealed record ReplicaProcess
{
    /// <summary>Process id.</summary>
    public required int Pid { get; init; }

    /// <summary>Start time in clock ticks since boot, field 22 of /proc/PID/stat.</summary>
    public required long StartTicks { get; init; }
}

/// <summary>The end of an engine's process.</summary>
public sealed record ReplicaTermination
{
    /// <summary>Stable machine-readable cause in CamelCase, such as Crashed or OutOfMemory.</summary>
    public required string Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }

    /// <summary>Exit code; 128 plus the signal's number if a signal ended it; absent if nobody saw it end.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When the process was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was found ended.</summary>
    public required DateTimeOffset FinishedAt { get; init; }
}

/// <summary>One stage of a replica's start, such as "weights".</summary>
public sealed record StartupStage
{
    /// <summary>Name of the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Conditions of a ModelReplica.</summary>
public static class ModelReplicaConditions
{
    /// <summary>True when the engine answers and has the model loaded.</summary>
    public const string Ready = "Ready";

    /// <summary>True when the replica has a place, without which no engine is started for it.</summary>
    public const string Scheduled = "Scheduled";
}
