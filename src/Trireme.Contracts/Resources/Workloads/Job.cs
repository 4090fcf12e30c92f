using System.Text.Json;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Pods that run until so many of them have succeeded.</summary>
public sealed record Job : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "batch/v1";

    public static string TypeKind => "Job";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What its Pods are made from, and how many of them.</summary>
    public JobSpec? Spec { get; init; }

    /// <summary>How far it is.</summary>
    public JobStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Spec is null) errors.Missing("spec");
        else JobRules.Validate(this, Spec, errors);
    }
}

/// <summary>What a Job runs.</summary>
public sealed record JobSpec
{
    /// <summary>Pods that run at a time.</summary>
    public int? Parallelism { get; init; }

    /// <summary>Pods that must succeed; absent, the success of any one of them ends it.</summary>
    public int? Completions { get; init; }

    /// <summary>Seconds it may take before it is ended as failed.</summary>
    public long? ActiveDeadlineSeconds { get; init; }

    /// <summary>Pods that may fail before it has.</summary>
    public int? BackoffLimit { get; init; }

    /// <summary>How its Pods are found; set by the server.</summary>
    public LabelSelector? Selector { get; init; }

    /// <summary>Whether the selector is the client's own; only false is supported.</summary>
    public bool? ManualSelector { get; init; }

    /// <summary>What its Pods are made from.</summary>
    public required PodTemplate Template { get; init; }

    /// <summary>Seconds after its end until it is deleted.</summary>
    public int? TtlSecondsAfterFinished { get; init; }

    /// <summary>NonIndexed: all of its Pods are alike.</summary>
    public string? CompletionMode { get; init; }

    /// <summary>Whether it rests: its Pods are deleted, and none are made.</summary>
    public bool? Suspend { get; init; }

    /// <summary>TerminatingOrFailed or Failed: when a Pod is replaced.</summary>
    public string? PodReplacementPolicy { get; init; }

    /// <summary>Which failures count; not supported.</summary>
    public JsonElement? PodFailurePolicy { get; init; }

    /// <summary>Which successes end it; not supported.</summary>
    public JsonElement? SuccessPolicy { get; init; }

    /// <summary>Failures of each index; not supported.</summary>
    public int? BackoffLimitPerIndex { get; init; }

    /// <summary>Indexes that may fail; not supported.</summary>
    public int? MaxFailedIndexes { get; init; }

    /// <summary>Who runs it: kubernetes.io/job-controller, which this server is.</summary>
    public string? ManagedBy { get; init; }
}

/// <summary>What Pods are made from.</summary>
public sealed record PodTemplate
{
    /// <summary>Labels and annotations of the Pods.</summary>
    public ObjectMeta? Metadata { get; init; }

    /// <summary>What they run.</summary>
    public PodSpec? Spec { get; init; }
}

/// <summary>How far a Job is.</summary>
public sealed record JobStatus
{
    /// <summary>Complete, Failed and Suspended, and what leads to them.</summary>
    [ListMap("type")]
    public IReadOnlyList<JobCondition>? Conditions { get; init; }

    /// <summary>When it was begun.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When it succeeded.</summary>
    public DateTimeOffset? CompletionTime { get; init; }

    /// <summary>Pods that are there and have not ended.</summary>
    public int? Active { get; init; }

    /// <summary>Pods that have succeeded.</summary>
    public int? Succeeded { get; init; }

    /// <summary>Pods that have failed.</summary>
    public int? Failed { get; init; }

    /// <summary>Pods that are being deleted.</summary>
    public int? Terminating { get; init; }

    /// <summary>Pods that are ready.</summary>
    public int? Ready { get; init; }

    /// <summary>Pods that have ended and are not counted yet.</summary>
    public UncountedPods? UncountedTerminatedPods { get; init; }
}

/// <summary>One aspect of a Job's state.</summary>
public sealed record JobCondition
{
    /// <summary>Complete, Failed, Suspended, SuccessCriteriaMet or FailureTarget.</summary>
    public required string Type { get; init; }

    /// <summary>Whether it holds.</summary>
    public required ConditionStatus Status { get; init; }

    /// <summary>When it was last looked at.</summary>
    public DateTimeOffset? LastProbeTime { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }
}

/// <summary>Pods by UID that have ended and whose ends are not in the counts yet.</summary>
public sealed record UncountedPods
{
    /// <summary>Those that have succeeded.</summary>
    [ListSet]
    public IReadOnlyList<string>? Succeeded { get; init; }

    /// <summary>Those that have failed.</summary>
    [ListSet]
    public IReadOnlyList<string>? Failed { get; init; }
}
