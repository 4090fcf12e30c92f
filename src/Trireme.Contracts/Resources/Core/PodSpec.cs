using System.Text.Json;
using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>What a Pod runs, and where.</summary>
public sealed record PodSpec
{
    /// <summary>Files and folders that containers mount, each from one source; the source is kept as it is.</summary>
    [ListMap("name")]
    public IReadOnlyList<JsonElement>? Volumes { get; init; }

    /// <summary>What runs, one after the other, before the containers.</summary>
    [ListMap("name")]
    public IReadOnlyList<PodContainer>? InitContainers { get; init; }

    /// <summary>What runs in it.</summary>
    [ListMap("name")]
    public required IReadOnlyList<PodContainer> Containers { get; init; }

    /// <summary>Containers for debugging; they are not set with a Pod.</summary>
    [ListMap("name")]
    public IReadOnlyList<PodContainer>? EphemeralContainers { get; init; }

    /// <summary>Always, OnFailure or Never: whether what ends by itself is started again.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>Longest wait, in seconds, for open work when it is deleted.</summary>
    public long? TerminationGracePeriodSeconds { get; init; }

    /// <summary>Seconds it may run before it is ended as failed.</summary>
    public long? ActiveDeadlineSeconds { get; init; }

    /// <summary>ClusterFirst, ClusterFirstWithHostNet, Default or None: how names are resolved.</summary>
    public string? DnsPolicy { get; init; }

    /// <summary>Labels that its machine must have.</summary>
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>The service account as which it runs.</summary>
    public string? ServiceAccountName { get; init; }

    /// <summary>Older name of serviceAccountName.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>Whether it is given a token of its service account.</summary>
    public bool? AutomountServiceAccountToken { get; init; }

    /// <summary>Machine it runs on.</summary>
    public string? NodeName { get; init; }

    /// <summary>Whether it uses its machine's network.</summary>
    public bool? HostNetwork { get; init; }

    /// <summary>Whether it sees its machine's processes.</summary>
    [JsonPropertyName("hostPID")]
    public bool? HostPid { get; init; }

    /// <summary>Whether it uses its machine's interprocess communication.</summary>
    [JsonPropertyName("hostIPC")]
    public bool? HostIpc { get; init; }

    /// <summary>Whether users in it are users of its machine.</summary>
    public bool? HostUsers { get; init; }

    /// <summary>Whether its containers see each other's processes.</summary>
    public bool? ShareProcessNamespace { get; init; }

    /// <summary>Rights of all of its containers.</summary>
    public JsonElement? SecurityContext { get; init; }

    /// <summary>Secrets for fetching its images.</summary>
    [ListMap("name")]
    public IReadOnlyList<PodReference>? ImagePullSecrets { get; init; }

    /// <summary>Its name on the network.</summary>
    public string? Hostname { get; init; }

    /// <summary>Domain of its name on the network.</summary>
    public string? Subdomain { get; init; }

    /// <summary>Whether its name on the network is a whole one.</summary>
    [JsonPropertyName("setHostnameAsFQDN")]
    public bool? SetHostnameAsFqdn { get; init; }

    /// <summary>Replaces its name on the network.</summary>
    public string? HostnameOverride { get; init; }

    /// <summary>Which machines, and which Pods beside it, it wants or avoids.</summary>
    public JsonElement? Affinity { get; init; }

    /// <summary>Who binds it to a machine.</summary>
    public string? SchedulerName { get; init; }

    /// <summary>Taints of machines that do not keep it away.</summary>
    public IReadOnlyList<Toleration>? Tolerations { get; init; }

    /// <summary>Names that it resolves by itself.</summary>
    [ListMap("ip")]
    public IReadOnlyList<JsonElement>? HostAliases { get; init; }

    /// <summary>The PriorityClass that says how urgent it is.</summary>
    public string? PriorityClassName { get; init; }

    /// <summary>How urgent it is; set by the server from its class.</summary>
    public int? Priority { get; init; }

    /// <summary>Never or PreemptLowerPriority: whether it may take the place of others; set by the server from its class.</summary>
    public string? PreemptionPolicy { get; init; }

    /// <summary>How names are resolved, beside its dnsPolicy.</summary>
    public JsonElement? DnsConfig { get; init; }

    /// <summary>Further conditions that must hold before it is ready.</summary>
    public IReadOnlyList<JsonElement>? ReadinessGates { get; init; }

    /// <summary>What kind of sandbox it runs in.</summary>
    public string? RuntimeClassName { get; init; }

    /// <summary>Whether it is given its namespace's services as environment variables.</summary>
    public bool? EnableServiceLinks { get; init; }

    /// <summary>What its sandbox takes beside its containers.</summary>
    public IReadOnlyDictionary<string, string>? Overhead { get; init; }

    /// <summary>How Pods like it are spread over machines.</summary>
    public IReadOnlyList<JsonElement>? TopologySpreadConstraints { get; init; }

    /// <summary>The operating system it needs.</summary>
    public JsonElement? Os { get; init; }

    /// <summary>What must be lifted before it is bound to a machine.</summary>
    [ListMap("name")]
    public IReadOnlyList<PodReference>? SchedulingGates { get; init; }

    /// <summary>Devices it claims.</summary>
    [ListMap("name")]
    public IReadOnlyList<JsonElement>? ResourceClaims { get; init; }

    /// <summary>What all of its containers together need and may take.</summary>
    public PodResources? Resources { get; init; }
}

/// <summary>Names an object or a gate.</summary>
public sealed record PodReference
{
    /// <summary>The name.</summary>
    public string Name { get; init; } = "";
}

/// <summary>A taint of machines that does not keep a Pod away.</summary>
public sealed record Toleration
{
    /// <summary>Key of the taint; empty with Exists for all.</summary>
    public string? Key { get; init; }

    /// <summary>Exists or Equal.</summary>
    public string? Operator { get; init; }

    /// <summary>Value of the taint, with Equal.</summary>
    public string? Value { get; init; }

    /// <summary>NoSchedule, PreferNoSchedule or NoExecute; all where absent.</summary>
    public string? Effect { get; init; }

    /// <summary>Seconds after which a taint of NoExecute counts after all.</summary>
    public long? TolerationSeconds { get; init; }
}
