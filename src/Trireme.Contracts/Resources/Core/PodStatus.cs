using System.Text.Json;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>What a Pod does.</summary>
public sealed record PodStatus
{
    /// <summary>Generation of the spec that it is of.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Pending, Running, Succeeded, Failed or Unknown.</summary>
    public string? Phase { get; init; }

    /// <summary>Why it is in its phase, in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }

    /// <summary>Machine on which others make room for it.</summary>
    public string? NominatedNodeName { get; init; }

    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<PodCondition>? Conditions { get; init; }

    /// <summary>Address of its machine.</summary>
    [JsonPropertyName("hostIP")]
    public string? HostIp { get; init; }

    /// <summary>Addresses of its machine.</summary>
    [JsonPropertyName("hostIPs")]
    public IReadOnlyList<PodAddress>? HostIps { get; init; }

    /// <summary>Its own address.</summary>
    [JsonPropertyName("podIP")]
    public string? PodIp { get; init; }

    /// <summary>Its own addresses.</summary>
    [JsonPropertyName("podIPs")]
    public IReadOnlyList<PodAddress>? PodIps { get; init; }

    /// <summary>When its machine took it.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Its init containers, each as it is now and as it ended last.</summary>
    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }

    /// <summary>Its containers, each as it is now and as it ended last.</summary>
    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }

    /// <summary>Its containers for debugging.</summary>
    public IReadOnlyList<ContainerStatus>? EphemeralContainerStatuses { get; init; }

    /// <summary>The devices it claimed.</summary>
    public IReadOnlyList<JsonElement>? ResourceClaimStatuses { get; init; }

    /// <summary>Guaranteed, Burstable or BestEffort: who goes first when memory is short.</summary>
    public string? QosClass { get; init; }
}

/// <summary>One aspect of a Pod's state.</summary>
public sealed record PodCondition
{
    /// <summary>Name of the aspect: PodScheduled, Initialized, ContainersReady or Ready.</summary>
    public required string Type { get; init; }

    /// <summary>Whether it holds.</summary>
    public required ConditionStatus Status { get; init; }

    /// <summary>When it was last looked at.</summary>
    public DateTimeOffset? LastProbeTime { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Generation of the spec that it is of.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }
}

/// <summary>An IP address.</summary>
public sealed record PodAddress
{
    /// <summary>The address.</summary>
    public required string Ip { get; init; }
}

/// <summary>A container as it is now, and as it ended last.</summary>
public sealed record ContainerStatus
{
    /// <summary>Its name in the Pod.</summary>
    public required string Name { get; init; }

    /// <summary>How it is now.</summary>
    public ContainerState? State { get; init; }

    /// <summary>How it ended last.</summary>
    public ContainerState? LastState { get; init; }

    /// <summary>Whether it answers.</summary>
    public required bool Ready { get; init; }

    /// <summary>Times it was started again after it ended by itself.</summary>
    public required int RestartCount { get; init; }

    /// <summary>What it runs.</summary>
    public required string Image { get; init; }

    /// <summary>Digest of what it runs: for a replica, the content hash of its release.</summary>
    [JsonPropertyName("imageID")]
    public required string ImageId { get; init; }

    /// <summary>What it is to its machine: "process://PID" of a process.</summary>
    [JsonPropertyName("containerID")]
    public string? ContainerId { get; init; }

    /// <summary>Whether it has been up since it was started last.</summary>
    public bool? Started { get; init; }

    /// <summary>What it was given.</summary>
    public IReadOnlyDictionary<string, string>? AllocatedResources { get; init; }

    /// <summary>What it needs and may take, as it runs.</summary>
    public PodResources? Resources { get; init; }

    /// <summary>The volumes it sees.</summary>
    public IReadOnlyList<JsonElement>? VolumeMounts { get; init; }

    /// <summary>As which user it runs.</summary>
    public JsonElement? User { get; init; }

    /// <summary>State of the devices it uses.</summary>
    public IReadOnlyList<JsonElement>? AllocatedResourcesStatus { get; init; }

    /// <summary>Signal that ends it.</summary>
    public string? StopSignal { get; init; }
}

/// <summary>One of running, waiting and terminated.</summary>
public sealed record ContainerState
{
    /// <summary>It runs.</summary>
    public ContainerRunning? Running { get; init; }

    /// <summary>It is to run.</summary>
    public ContainerWaiting? Waiting { get; init; }

    /// <summary>It has ended.</summary>
    public ContainerTerminated? Terminated { get; init; }
}

/// <summary>Since when a container runs.</summary>
public sealed record ContainerRunning
{
    /// <summary>When it was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>Why a container does not run yet.</summary>
public sealed record ContainerWaiting
{
    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }
}

/// <summary>How a container ended.</summary>
public sealed record ContainerTerminated
{
    /// <summary>Exit code; 128 plus the signal's number if a signal ended it.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The signal that ended it.</summary>
    public int? Signal { get; init; }

    /// <summary>What it was to its machine.</summary>
    [JsonPropertyName("containerID")]
    public string? ContainerId { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
}
