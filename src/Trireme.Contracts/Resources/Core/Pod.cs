using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>
/// What runs a replica, in the form that Kubernetes' tools know. A Pod that shows a process of this machine has the fields that a process
/// has; it is read and deleted, and never written.
/// </summary>
public sealed record Pod : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Pod";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public PodSpec? Spec { get; init; }

    /// <summary>What it does.</summary>
    public PodStatus? Status { get; init; }
}

/// <summary>What a Pod runs, and where.</summary>
public sealed record PodSpec
{
    /// <summary>What runs in it.</summary>
    [ListMap("name")]
    public required IReadOnlyList<PodContainer> Containers { get; init; }

    /// <summary>Machine it runs on.</summary>
    public string? NodeName { get; init; }

    /// <summary>Always: what ends by itself is started again.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>Longest wait for open work when it is deleted.</summary>
    public long? TerminationGracePeriodSeconds { get; init; }
}

/// <summary>A program that runs in a Pod.</summary>
public sealed record PodContainer
{
    /// <summary>Its name in the Pod.</summary>
    public required string Name { get; init; }

    /// <summary>What it runs; "process/ENGINE" for an engine that is a process of the machine.</summary>
    public string? Image { get; init; }

    /// <summary>Whether its image is fetched; Never for a process.</summary>
    public string? ImagePullPolicy { get; init; }

    /// <summary>Where it listens.</summary>
    [ListMap("containerPort")]
    public IReadOnlyList<PodPort>? Ports { get; init; }

    /// <summary>What it needs and what it may take.</summary>
    public required PodResources Resources { get; init; }
}

/// <summary>A port that a container listens on.</summary>
public sealed record PodPort
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its number.</summary>
    public required int ContainerPort { get; init; }

    /// <summary>TCP.</summary>
    public string? Protocol { get; init; }
}

/// <summary>Amounts as quantities, such as "2" of cpu and "512Mi" of memory.</summary>
public sealed record PodResources
{
    /// <summary>What it is planned with.</summary>
    public IReadOnlyDictionary<string, string>? Requests { get; init; }
}
