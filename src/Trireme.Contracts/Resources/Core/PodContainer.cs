using System.Text.Json;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>A program that runs in a Pod.</summary>
public sealed record PodContainer
{
    /// <summary>Its name in the Pod.</summary>
    public required string Name { get; init; }

    /// <summary>What it runs; "process/ENGINE" for an engine that is a process of the machine.</summary>
    public string? Image { get; init; }

    /// <summary>Replaces the image's entry point.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Arguments of the command.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Folder it starts in.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Where it listens.</summary>
    [ListMap("containerPort", "protocol", AllowsDuplicates = true)]
    public IReadOnlyList<PodPort>? Ports { get; init; }

    /// <summary>Environment variables from whole ConfigMaps and Secrets.</summary>
    public IReadOnlyList<JsonElement>? EnvFrom { get; init; }

    /// <summary>Environment variables.</summary>
    [ListMap("name", AllowsDuplicates = true)]
    public IReadOnlyList<EnvironmentVariable>? Env { get; init; }

    /// <summary>What it needs and what it may take.</summary>
    public PodResources? Resources { get; init; }

    /// <summary>What a change of its resources takes.</summary>
    public IReadOnlyList<JsonElement>? ResizePolicy { get; init; }

    /// <summary>Always, for an init container that runs beside the others.</summary>
    public string? RestartPolicy { get; init; }

    /// <summary>When it is started again, by how it ended.</summary>
    public IReadOnlyList<JsonElement>? RestartPolicyRules { get; init; }

    /// <summary>The volumes it sees, and where.</summary>
    [ListMap("mountPath")]
    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }

    /// <summary>The block devices it sees, and where.</summary>
    [ListMap("devicePath")]
    public IReadOnlyList<JsonElement>? VolumeDevices { get; init; }

    /// <summary>How it is found out whether it must be started again.</summary>
    public JsonElement? LivenessProbe { get; init; }

    /// <summary>How it is found out whether it is ready.</summary>
    public JsonElement? ReadinessProbe { get; init; }

    /// <summary>How it is found out whether it has started.</summary>
    public JsonElement? StartupProbe { get; init; }

    /// <summary>What is done after its start and before its end.</summary>
    public JsonElement? Lifecycle { get; init; }

    /// <summary>File in which it says why it ended.</summary>
    public string? TerminationMessagePath { get; init; }

    /// <summary>File or FallbackToLogsOnError: where the words on its end come from.</summary>
    public string? TerminationMessagePolicy { get; init; }

    /// <summary>Always, IfNotPresent or Never: whether its image is fetched; Never for a process.</summary>
    public string? ImagePullPolicy { get; init; }

    /// <summary>Its rights.</summary>
    public JsonElement? SecurityContext { get; init; }

    /// <summary>Whether it has an input.</summary>
    public bool? Stdin { get; init; }

    /// <summary>Whether its input ends with the first client.</summary>
    public bool? StdinOnce { get; init; }

    /// <summary>Whether it has a terminal.</summary>
    public bool? Tty { get; init; }

    /// <summary>Of a container for debugging: whose processes it sees.</summary>
    public string? TargetContainerName { get; init; }
}

/// <summary>A port that a container listens on.</summary>
public sealed record PodPort
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Its number.</summary>
    public required int ContainerPort { get; init; }

    /// <summary>Port of the machine that leads to it.</summary>
    public int? HostPort { get; init; }

    /// <summary>Address of the machine whose port leads to it.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("hostIP")]
    public string? HostIp { get; init; }

    /// <summary>TCP, UDP or SCTP.</summary>
    public string? Protocol { get; init; } = "TCP";
}

/// <summary>An environment variable.</summary>
public sealed record EnvironmentVariable
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its value.</summary>
    public string? Value { get; init; }

    /// <summary>Where its value comes from.</summary>
    public JsonElement? ValueFrom { get; init; }
}

/// <summary>Where a container sees a volume.</summary>
public sealed record VolumeMount
{
    /// <summary>Name of the volume.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is in the container.</summary>
    public required string MountPath { get; init; }

    /// <summary>Whether it is not written.</summary>
    public bool? ReadOnly { get; init; }

    /// <summary>Whether what is mounted below it is not written either.</summary>
    public string? RecursiveReadOnly { get; init; }

    /// <summary>Which part of the volume.</summary>
    public string? SubPath { get; init; }

    /// <summary>The same, with environment variables in it.</summary>
    public string? SubPathExpr { get; init; }

    /// <summary>Whether mounts below it are passed on.</summary>
    public string? MountPropagation { get; init; }
}

/// <summary>Amounts as quantities, such as "2" of cpu and "512Mi" of memory.</summary>
public sealed record PodResources
{
    /// <summary>What it may take at most.</summary>
    public IReadOnlyDictionary<string, string>? Limits { get; init; }

    /// <summary>What it is planned with.</summary>
    public IReadOnlyDictionary<string, string>? Requests { get; init; }

    /// <summary>Devices it uses, of those its Pod claims.</summary>
    public IReadOnlyList<JsonElement>? Claims { get; init; }
}
